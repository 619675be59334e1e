#!/bin/sh
# Serves the catalogue. With --self-test: starts, asks itself for the catalogue, prints the answer, ends.
set -eu

port=${SHOP_PORT:-8080}
url="http://127.0.0.1:$port/catalogue.json"

if [ "${1:-}" != --self-test ]; then
  echo "catalogue: serving $(ls /shop/www | wc -l) files on port $port"
  exec httpd -f -p "$port" -h /shop/www
fi

httpd -f -p "127.0.0.1:$port" -h /shop/www &
server=$!
trap 'kill "$server"' EXIT
attempts=0
until answer=$(wget -q -O - "$url" 2>/dev/null); do
  attempts=$((attempts + 1))
  if [ "$attempts" -ge 50 ]; then
    echo "catalogue: no answer from $url" >&2
    exit 1
  fi
  usleep 100000
done
echo "$answer"
