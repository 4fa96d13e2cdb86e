-- Requests, costs in whole cents before tax, shares of those who pay.

CREATE TABLE requests (
    id INTEGER PRIMARY KEY,
    organisation_id INTEGER NOT NULL REFERENCES organisations (id),
    sign_id INTEGER REFERENCES signs (fid),
    asked_on TEXT NOT NULL CHECK (asked_on IS date(asked_on, '+0 days')),
    wanted TEXT NOT NULL CHECK (length(wanted) BETWEEN 1 AND 4000),
    decision TEXT CHECK (decision IN ('accepted', 'refused')),
    decided_on TEXT CHECK (decided_on IS date(decided_on, '+0 days')),
    reason TEXT CHECK (length(reason) <= 4000),
    version INTEGER NOT NULL DEFAULT 1,
    CHECK ((decision IS NULL) = (decided_on IS NULL))
) STRICT;
CREATE INDEX requests_by_organisation ON requests (organisation_id);
CREATE TRIGGER requests_stay BEFORE DELETE ON requests BEGIN
    SELECT RAISE(ABORT, 'requests are decided, never deleted');
END;
CREATE TRIGGER requests_version BEFORE UPDATE ON requests WHEN NEW.version <> OLD.version + 1 BEGIN
    SELECT RAISE(ABORT, 'every update of a request adds 1 to its version');
END;

CREATE TABLE costs (
    id INTEGER PRIMARY KEY,
    sign_id INTEGER NOT NULL REFERENCES signs (fid),
    stage TEXT NOT NULL CHECK (stage IN ('estimate', 'ordered', 'invoiced')),
    amount_cents INTEGER NOT NULL CHECK (amount_cents >= 0),
    stated_on TEXT CHECK (stated_on IS date(stated_on, '+0 days')),
    source TEXT NOT NULL CHECK (length(source) BETWEEN 1 AND 200),
    UNIQUE (sign_id, stage)
) STRICT;

-- Shares in basis points (1/10,000): the cents are computed, so they always sum to the cost.
CREATE TABLE funding (
    id INTEGER PRIMARY KEY,
    sign_id INTEGER NOT NULL UNIQUE REFERENCES signs (fid),
    region_bp INTEGER NOT NULL CHECK (region_bp >= 0),
    pole_bp INTEGER NOT NULL CHECK (pole_bp >= 0),
    owner_bp INTEGER NOT NULL CHECK (owner_bp >= 0),
    CHECK (region_bp + pole_bp + owner_bp = 10000)
) STRICT;

INSERT INTO gpkg_contents (table_name, data_type, identifier, description) VALUES
    ('requests', 'attributes', 'requests', 'Demandes / requests'),
    ('costs', 'attributes', 'costs', 'Coûts HT, en centimes / costs before tax, in cents'),
    ('funding', 'attributes', 'funding', 'Financement, parts en 1/10 000 / funding shares');
