-- a category for each product
ALTER TABLE product ADD COLUMN category TEXT NOT NULL DEFAULT 'tools';
