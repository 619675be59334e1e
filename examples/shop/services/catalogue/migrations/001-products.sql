-- products with a price in cents
CREATE TABLE product (sku TEXT PRIMARY KEY, name TEXT NOT NULL, cents INTEGER NOT NULL);
