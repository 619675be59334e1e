# Turns catalogue.csv into JSON; `categories` is a comma-separated list of those to show.
BEGIN {
  FS = ","
  split(categories, list, ",")
  for (i in list) wanted[list[i]] = 1
  printf "{\"shop\":\"Slipway example shop\",\"products\":["
}
NR > 1 && ($2 in wanted) {
  printf "%s{\"sku\":\"%s\",\"category\":\"%s\",\"name\":\"%s\",\"cents\":%d}", separator, $1, $2, $3, $4
  separator = ","
  count++
}
END { printf "],\"count\":%d}\n", count }
