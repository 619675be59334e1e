#!/bin/bash
# Works through the queue, one batch file after the other, and waits for more. With --once: ends when it is empty.
set -euo pipefail

handle() {
  local count=0
  while IFS=, read -r order sku quantity _; do
    echo "orders: packing $quantity of $sku for order $order"
    count=$((count + 1))
  done < "$1"
  echo "orders: $(basename "$1") done, $count orders"
}

shopt -s nullglob
declare -A done=()
while true; do
  for batch in "$QUEUE_DIR"/batch-*; do
    if [[ -z ${done[$batch]:-} ]]; then
      handle "$batch"
      done[$batch]=yes
    fi
  done
  if [[ ${1:-} == --once ]]; then exit 0; fi
  sleep 5
done
