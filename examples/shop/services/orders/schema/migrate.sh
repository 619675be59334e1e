#!/bin/sh
# `up` prints the statements that bring the orders' schema up, `down` those that take it down.
set -eu

case "${1:-}" in
  up | down) ;;
  *)
    echo "usage: migrate.sh up|down" >&2
    exit 2
    ;;
esac
echo "orders: migrating $1"
cat "/schema/$1.sql"
echo "orders: schema is $1"
