# Sums orders.csv up as JSON.
BEGIN { FS = "," }
NR > 1 { orders++; items += $3; cents += $3 * $4 }
END { printf "{\"orders\":%d,\"items\":%d,\"cents\":%d}\n", orders, items, cents }
