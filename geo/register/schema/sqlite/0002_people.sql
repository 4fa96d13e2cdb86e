-- Who: organisations, users, and the trace of every write. STRICT where GeoPackage's own types allow it.

CREATE TABLE organisations (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE CHECK (length(name) BETWEEN 1 AND 200)
) STRICT;

CREATE TABLE users (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE CHECK (length(name) BETWEEN 1 AND 100),
    role TEXT NOT NULL CHECK (role IN ('owner', 'planner', 'admin')),
    organisation_id INTEGER REFERENCES organisations (id),
    token_sha256 TEXT NOT NULL UNIQUE CHECK (length(token_sha256) = 64),
    created_at TEXT NOT NULL,
    revoked_at TEXT,
    CHECK (role <> 'owner' OR organisation_id IS NOT NULL)
) STRICT;

-- A user stays named in what he did: revoked, never deleted.
CREATE TRIGGER users_stay BEFORE DELETE ON users BEGIN
    SELECT RAISE(ABORT, 'users are revoked, never deleted');
END;

-- Every insert, update and delete, written by triggers that geo/register/audit.py derives from the columns.
CREATE TABLE changes (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at TEXT NOT NULL,
    who TEXT NOT NULL,
    table_name TEXT NOT NULL,
    row_id INTEGER NOT NULL,
    action TEXT NOT NULL CHECK (action IN ('insert', 'update', 'delete')),
    before TEXT CHECK (before IS NULL OR json_valid(before)),
    after TEXT CHECK (after IS NULL OR json_valid(after))
) STRICT;
CREATE INDEX changes_by_row ON changes (table_name, row_id);

-- artois_who() exists in connections of geo/register alone, and names somebody only inside a write.
CREATE TRIGGER changes_signed BEFORE INSERT ON changes WHEN NEW.who IS NOT artois_who() BEGIN
    SELECT RAISE(ABORT, 'a change is signed by whoever writes');
END;
CREATE TRIGGER changes_stay BEFORE DELETE ON changes BEGIN
    SELECT RAISE(ABORT, 'changes are never deleted');
END;
CREATE TRIGGER changes_stand BEFORE UPDATE ON changes BEGIN
    SELECT RAISE(ABORT, 'changes are never rewritten');
END;

-- Answers already given, so that a request sent twice is done once.
CREATE TABLE answers (
    who TEXT NOT NULL,
    key TEXT NOT NULL CHECK (length(key) BETWEEN 1 AND 200),
    body_sha256 TEXT NOT NULL,
    answer TEXT NOT NULL CHECK (json_valid(answer)),
    at TEXT NOT NULL,
    PRIMARY KEY (who, key)
) STRICT, WITHOUT ROWID;
