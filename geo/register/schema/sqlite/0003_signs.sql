-- Sign, blade, line; catalogue; the only moves of a status, and its history.

CREATE TABLE sign_types (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    scale TEXT,
    use TEXT,
    cost_low_cents INTEGER CHECK (cost_low_cents >= 0),
    cost_high_cents INTEGER CHECK (cost_high_cents >= cost_low_cents),
    cost_status TEXT NOT NULL,
    source TEXT NOT NULL,
    certainty TEXT NOT NULL,
    yardstick INTEGER NOT NULL DEFAULT 0 CHECK (yardstick IN (0, 1)),
    lead_time_weeks INTEGER CHECK (lead_time_weeks > 0),
    lifetime_years INTEGER CHECK (lifetime_years > 0)
) STRICT;

CREATE TABLE status_moves (
    from_status TEXT NOT NULL,
    to_status TEXT NOT NULL,
    PRIMARY KEY (from_status, to_status)
) STRICT, WITHOUT ROWID;
INSERT INTO status_moves VALUES
    ('requested', 'validated'), ('requested', 'cancelled'),
    ('validated', 'designed'), ('validated', 'cancelled'),
    ('designed', 'manufactured'), ('designed', 'cancelled'),
    ('manufactured', 'installed'), ('manufactured', 'removed'),
    ('installed', 'to_repair'), ('installed', 'removed'),
    ('to_repair', 'repaired'), ('to_repair', 'removed'),
    ('repaired', 'to_repair'), ('repaired', 'removed'),
    ('unknown', 'installed'), ('unknown', 'to_repair'), ('unknown', 'removed');

-- No STRICT: a GeoPackage declares the geometry's type (POINT), which STRICT does not know. CHECKs stand in for it.
CREATE TABLE signs (
    fid INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    geom POINT NOT NULL CHECK (typeof(geom) = 'blob'),
    code TEXT NOT NULL UNIQUE CHECK (length(code) <= 20 AND code GLOB '[A-Z][A-Z]*-[0-9]*'),
    organisation_id INTEGER REFERENCES organisations (id),
    park TEXT CHECK (length(park) <= 200),
    type_id INTEGER REFERENCES sign_types (id),
    name TEXT CHECK (length(name) <= 200),
    sealing TEXT CHECK (sealing IN ('concrete', 'plate', 'sleeve', 'wall')),
    condition TEXT CHECK (condition IN ('good', 'worn', 'damaged', 'missing')),
    visibility_m REAL CHECK (typeof(visibility_m) IN ('null', 'real') AND visibility_m > 0),
    road_permission TEXT CHECK (road_permission IN ('not_needed', 'asked', 'granted', 'refused')),
    languages TEXT CHECK (length(languages) <= 100),
    notes TEXT CHECK (length(notes) <= 4000),
    source TEXT NOT NULL CHECK (length(source) BETWEEN 1 AND 200),
    certainty TEXT NOT NULL CHECK (certainty IN ('surveyed', 'curated', 'sourced', 'estimated', 'unverified')),
    draft INTEGER NOT NULL CHECK (draft IN (0, 1)),
    status TEXT NOT NULL CHECK (status IN (
        'requested', 'validated', 'designed', 'manufactured', 'installed', 'to_repair', 'repaired', 'removed',
        'cancelled', 'unknown'
    )),
    status_on TEXT CHECK (status_on IS date(status_on, '+0 days')),
    status_note TEXT CHECK (length(status_note) <= 1000),
    version INTEGER NOT NULL DEFAULT 1 CHECK (typeof(version) = 'integer'),
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    CHECK (draft = 0 OR (organisation_id IS NOT NULL AND status IN ('requested', 'cancelled')))
);
CREATE INDEX signs_by_organisation ON signs (organisation_id);
CREATE INDEX signs_by_park ON signs (park);

CREATE TRIGGER signs_begin BEFORE INSERT ON signs WHEN NEW.version <> 1 BEGIN
    SELECT RAISE(ABORT, 'a sign begins at version 1');
END;
CREATE TRIGGER signs_stay BEFORE DELETE ON signs BEGIN
    SELECT RAISE(ABORT, 'signs are cancelled or removed, never deleted');
END;
CREATE TRIGGER signs_version BEFORE UPDATE ON signs WHEN NEW.version <> OLD.version + 1 BEGIN
    SELECT RAISE(ABORT, 'every update of a sign adds 1 to its version');
END;
CREATE TRIGGER signs_code BEFORE UPDATE ON signs WHEN NEW.code <> OLD.code OR NEW.fid <> OLD.fid BEGIN
    SELECT RAISE(ABORT, 'the code of a sign never changes: it is written on it');
END;
CREATE TRIGGER signs_published BEFORE UPDATE ON signs WHEN NEW.draft > OLD.draft BEGIN
    SELECT RAISE(ABORT, 'what was published is no draft again');
END;
CREATE TRIGGER signs_move BEFORE UPDATE ON signs
WHEN NEW.status <> OLD.status AND NOT EXISTS (
    SELECT 1 FROM status_moves WHERE from_status = OLD.status AND to_status = NEW.status
) BEGIN
    SELECT RAISE(ABORT, 'no such move of the status');
END;

CREATE TABLE status_history (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    sign_id INTEGER NOT NULL REFERENCES signs (fid),
    from_status TEXT,
    to_status TEXT NOT NULL,
    status_on TEXT,
    note TEXT,
    at TEXT NOT NULL,
    who TEXT NOT NULL
) STRICT;
CREATE INDEX status_history_by_sign ON status_history (sign_id);

CREATE TRIGGER signs_history_begins AFTER INSERT ON signs BEGIN
    INSERT INTO status_history (sign_id, from_status, to_status, status_on, note, at, who)
    VALUES (NEW.fid, NULL, NEW.status, NEW.status_on, NEW.status_note, artois_now(), artois_who());
END;
CREATE TRIGGER signs_history_grows AFTER UPDATE ON signs WHEN NEW.status <> OLD.status BEGIN
    INSERT INTO status_history (sign_id, from_status, to_status, status_on, note, at, who)
    VALUES (NEW.fid, OLD.status, NEW.status, NEW.status_on, NEW.status_note, artois_now(), artois_who());
END;
CREATE TRIGGER status_history_follows BEFORE INSERT ON status_history
WHEN NEW.who IS NOT artois_who()
    OR NEW.to_status IS NOT (SELECT status FROM signs WHERE fid = NEW.sign_id)
    OR NEW.from_status IS NOT (SELECT to_status FROM status_history WHERE sign_id = NEW.sign_id ORDER BY id DESC LIMIT 1)
BEGIN
    SELECT RAISE(ABORT, 'the history follows the status of its sign');
END;
CREATE TRIGGER status_history_stays BEFORE DELETE ON status_history BEGIN
    SELECT RAISE(ABORT, 'history is never deleted');
END;
CREATE TRIGGER status_history_stands BEFORE UPDATE ON status_history BEGIN
    SELECT RAISE(ABORT, 'history is never rewritten');
END;

CREATE TABLE blades (
    id INTEGER PRIMARY KEY,
    sign_id INTEGER NOT NULL REFERENCES signs (fid),
    number INTEGER NOT NULL CHECK (number > 0),
    bearing_deg REAL CHECK (bearing_deg >= 0 AND bearing_deg < 360),
    direction TEXT CHECK (direction IN ('straight', 'left', 'right', 'both')),
    type TEXT CHECK (length(type) <= 100),
    color TEXT CHECK (length(color) <= 50),
    UNIQUE (sign_id, number)
) STRICT;

CREATE TABLE lines (
    id INTEGER PRIMARY KEY,
    blade_id INTEGER NOT NULL REFERENCES blades (id) ON DELETE CASCADE,
    number INTEGER NOT NULL CHECK (number > 0),
    text TEXT NOT NULL CHECK (length(text) BETWEEN 1 AND 200),
    distance_km REAL CHECK (distance_km >= 0),
    time_min INTEGER CHECK (time_min >= 0),
    pictograms TEXT CHECK (length(pictograms) <= 200),
    UNIQUE (blade_id, number)
) STRICT;

CREATE TABLE photos (
    id INTEGER PRIMARY KEY,
    sign_id INTEGER NOT NULL REFERENCES signs (fid),
    sha256 TEXT NOT NULL CHECK (length(sha256) = 64),
    mime TEXT NOT NULL CHECK (mime IN ('image/jpeg', 'image/png', 'image/webp')),
    size_bytes INTEGER NOT NULL CHECK (size_bytes > 0),
    position INTEGER NOT NULL CHECK (position > 0),
    UNIQUE (sign_id, sha256),
    UNIQUE (sign_id, position)
) STRICT;

-- The R-tree of the signs and its triggers (OGC 12-128r18, annex F.3).
CREATE VIRTUAL TABLE rtree_signs_geom USING rtree(id, minx, maxx, miny, maxy);
CREATE TRIGGER rtree_signs_geom_insert AFTER INSERT ON signs
WHEN (NEW.geom NOTNULL AND NOT ST_IsEmpty(NEW.geom)) BEGIN
    INSERT OR REPLACE INTO rtree_signs_geom
    VALUES (NEW.fid, ST_MinX(NEW.geom), ST_MaxX(NEW.geom), ST_MinY(NEW.geom), ST_MaxY(NEW.geom));
END;
CREATE TRIGGER rtree_signs_geom_update1 AFTER UPDATE OF geom ON signs
WHEN OLD.fid = NEW.fid AND (NEW.geom NOTNULL AND NOT ST_IsEmpty(NEW.geom)) BEGIN
    INSERT OR REPLACE INTO rtree_signs_geom
    VALUES (NEW.fid, ST_MinX(NEW.geom), ST_MaxX(NEW.geom), ST_MinY(NEW.geom), ST_MaxY(NEW.geom));
END;
CREATE TRIGGER rtree_signs_geom_update2 AFTER UPDATE OF geom ON signs
WHEN OLD.fid = NEW.fid AND (NEW.geom ISNULL OR ST_IsEmpty(NEW.geom)) BEGIN
    DELETE FROM rtree_signs_geom WHERE id = OLD.fid;
END;
CREATE TRIGGER rtree_signs_geom_update3 AFTER UPDATE ON signs
WHEN OLD.fid != NEW.fid AND (NEW.geom NOTNULL AND NOT ST_IsEmpty(NEW.geom)) BEGIN
    DELETE FROM rtree_signs_geom WHERE id = OLD.fid;
    INSERT OR REPLACE INTO rtree_signs_geom
    VALUES (NEW.fid, ST_MinX(NEW.geom), ST_MaxX(NEW.geom), ST_MinY(NEW.geom), ST_MaxY(NEW.geom));
END;
CREATE TRIGGER rtree_signs_geom_update4 AFTER UPDATE ON signs
WHEN OLD.fid != NEW.fid AND (NEW.geom ISNULL OR ST_IsEmpty(NEW.geom)) BEGIN
    DELETE FROM rtree_signs_geom WHERE id IN (OLD.fid, NEW.fid);
END;
CREATE TRIGGER rtree_signs_geom_delete AFTER DELETE ON signs WHEN OLD.geom NOTNULL BEGIN
    DELETE FROM rtree_signs_geom WHERE id = OLD.fid;
END;
INSERT INTO gpkg_extensions VALUES (
    'signs', 'geom', 'gpkg_rtree_index', 'http://www.geopackage.org/spec120/#extension_rtree', 'write-only'
);

INSERT INTO gpkg_contents (table_name, data_type, identifier, description, srs_id) VALUES
    ('signs', 'features', 'signs', 'Panneaux / signs', 2154),
    ('blades', 'attributes', 'blades', 'Lames / blades', NULL),
    ('lines', 'attributes', 'lines', 'Lignes / lines', NULL),
    ('photos', 'attributes', 'photos', 'Photos', NULL),
    ('sign_types', 'attributes', 'sign_types', 'Catalogue', NULL),
    ('status_history', 'attributes', 'status_history', 'Historique / history', NULL),
    ('organisations', 'attributes', 'organisations', 'Maîtres d''ouvrage / owners', NULL);
INSERT INTO gpkg_geometry_columns VALUES ('signs', 'geom', 'POINT', 2154, 0, 0);

-- When the signs last changed, as a GeoPackage tells it.
CREATE TRIGGER signs_dated_insert AFTER INSERT ON signs BEGIN
    UPDATE gpkg_contents SET last_change = artois_now() WHERE table_name = 'signs';
END;
CREATE TRIGGER signs_dated_update AFTER UPDATE ON signs BEGIN
    UPDATE gpkg_contents SET last_change = artois_now() WHERE table_name = 'signs';
END;
