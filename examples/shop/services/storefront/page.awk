# Turns offers.csv into the front page.
BEGIN {
  FS = ","
  print "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>Shop</title>"
  print "<link rel=\"stylesheet\" href=\"/static/shop.css\"></head><body>"
  print "<h1>" greeting "</h1><ul>"
}
NR > 1 { print "<li>" $2 ": " $3 " " currency "</li>" }
END { print "</ul></body></html>" }
