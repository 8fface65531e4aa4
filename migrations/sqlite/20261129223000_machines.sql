-- Usage of other machines, as their files of facts claim it.

-- By what responses of this machine are recognised in files of others. A row while there are machines.
CREATE TABLE machine_secret (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    pepper BLOB NOT NULL, -- the secret that keys the hashes
    own TEXT NOT NULL     -- the id of this machine, in hexadecimal digits
) STRICT;

-- Another machine. Its home has the negative number, and so have names of its claims: those of this machine are positive.
CREATE TABLE machine (
    id INTEGER PRIMARY KEY,
    uid TEXT NOT NULL UNIQUE, -- its id, in hexadecimal digits
    name TEXT NOT NULL,
    level TEXT NOT NULL,      -- how much it discloses
    exported_at_ms INTEGER NOT NULL,
    imported_at_ms INTEGER NOT NULL
) STRICT;

-- Names that claims refer to, each once.
CREATE TABLE machine_session (
    id INTEGER PRIMARY KEY,
    hash TEXT NOT NULL UNIQUE, -- of the session's id
    session_id INTEGER         -- the session of this machine with that hash
        REFERENCES session (id) ON DELETE SET NULL DEFERRABLE INITIALLY DEFERRED
) STRICT;
CREATE TABLE machine_project (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
-- An absent term is the empty text.
CREATE TABLE machine_billing (
    id INTEGER PRIMARY KEY,
    model TEXT NOT NULL,
    speed TEXT NOT NULL,
    service_tier TEXT NOT NULL,
    inference_geo TEXT NOT NULL,
    refusal TEXT NOT NULL,
    UNIQUE (model, speed, service_tier, inference_geo, refusal)
) STRICT;

-- The newest claim of a machine on a response, a row for each billed part; also claims that do not count, so that the outcome
-- depends on no order.
CREATE TABLE machine_claim (
    key BLOB NOT NULL, -- a keyed hash of the response's key
    machine_id INTEGER NOT NULL REFERENCES machine (id) DEFERRABLE INITIALLY DEFERRED,
    part INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    rank INTEGER NOT NULL,
    at_ms INTEGER NOT NULL,
    session_id INTEGER REFERENCES machine_session (id) DEFERRABLE INITIALLY DEFERRED,
    project_id INTEGER REFERENCES machine_project (id) DEFERRABLE INITIALLY DEFERRED,
    sidechain INTEGER NOT NULL,
    billing_id INTEGER NOT NULL REFERENCES machine_billing (id) DEFERRABLE INITIALLY DEFERRED,
    input INTEGER NOT NULL,
    output INTEGER NOT NULL,
    cache_read INTEGER NOT NULL,
    cache_write_5m INTEGER NOT NULL,
    cache_write_1h INTEGER NOT NULL,
    web_searches INTEGER NOT NULL,
    counts INTEGER NOT NULL, -- 1: it is the best claim on the response. Derived.
    PRIMARY KEY (key, machine_id, part)
) STRICT, WITHOUT ROWID;
CREATE INDEX machine_claim_counting ON machine_claim (at_ms) WHERE counts;
CREATE INDEX machine_claim_of_machine ON machine_claim (machine_id);

-- Parts of responses of this machine that others claim as well. Derived: computed with the sums of their day.
CREATE TABLE machine_overlap (
    event_id INTEGER PRIMARY KEY,
    key BLOB NOT NULL, -- a keyed hash of the response's key
    part INTEGER NOT NULL,
    rank INTEGER NOT NULL,
    at_ms INTEGER NOT NULL,
    beaten INTEGER NOT NULL -- 1: the claim of another machine counts
) STRICT;
CREATE INDEX machine_overlap_key ON machine_overlap (key);
CREATE INDEX machine_overlap_at ON machine_overlap (at_ms);
