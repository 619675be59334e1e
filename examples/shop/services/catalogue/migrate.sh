#!/bin/sh
# Applies each migration once, in order, and says what it does.
set -eu

mkdir -p "$DATA_DIR"
touch "$DATA_DIR/applied"
while read -r name; do
  if grep -qxF "$name" "$DATA_DIR/applied"; then
    echo "catalogue: $name is applied"
  else
    echo "catalogue: applying $name: $(head -n 1 "/shop/migrations/$name")"
    cat "/shop/migrations/$name" >> "$DATA_DIR/schema.sql"
    echo "$name" >> "$DATA_DIR/applied"
  fi
done < /shop/order
echo "catalogue: schema is up to date"
