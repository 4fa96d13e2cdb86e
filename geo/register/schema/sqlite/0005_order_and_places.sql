-- The year in which a sign is ordered, decided by the pole; where a photo was taken, in WGS84 degrees.

ALTER TABLE signs ADD COLUMN order_year INTEGER
    CHECK (typeof(order_year) IN ('null', 'integer') AND order_year BETWEEN 2000 AND 2100);

ALTER TABLE photos ADD COLUMN lon REAL CHECK (lon BETWEEN -180 AND 180);
ALTER TABLE photos ADD COLUMN lat REAL CHECK ((lat IS NULL) = (lon IS NULL) AND lat BETWEEN -90 AND 90);
