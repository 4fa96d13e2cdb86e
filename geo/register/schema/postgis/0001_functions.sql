-- What the tables and triggers of the register call. Numbers go with those of schema/sqlite: what a file needs to be a
-- GeoPackage, a PostGIS database has by itself.

-- Who writes, and when: set by geo/register for one transaction alone, nobody outside it.
CREATE FUNCTION artois_who() RETURNS text LANGUAGE sql STABLE AS
    $$ SELECT nullif(current_setting('artois.who', true), '') $$;
CREATE FUNCTION artois_now() RETURNS text LANGUAGE sql STABLE AS
    $$ SELECT nullif(current_setting('artois.at', true), '') $$;

-- Immutable: a day of ISO 8601 is the same under every setting of the session.
CREATE FUNCTION is_day(given text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE STRICT AS $$
BEGIN
    RETURN given ~ '^\d{4}-\d{2}-\d{2}$' AND given::date IS NOT NULL;
EXCEPTION WHEN data_exception THEN
    RETURN false;
END $$;

-- One member of an object, as SQLite's function of that name; always text.
CREATE FUNCTION json_extract(document text, path text) RETURNS text LANGUAGE sql IMMUTABLE AS
    $$ SELECT document::json ->> substr(path, 3) $$;

-- A point as a GeoPackage keeps it (geo/register/geometry.py), in hexadecimal: the trace is the same in both.
CREATE FUNCTION gpkg_hex(place geometry) RETURNS text LANGUAGE sql IMMUTABLE SET search_path FROM CURRENT AS
    $$ SELECT '475000016A080000' || upper(encode(ST_AsBinary(place, 'NDR'), 'hex')) $$;

CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%', TG_ARGV[0] USING ERRCODE = 'integrity_constraint_violation';
END $$;
