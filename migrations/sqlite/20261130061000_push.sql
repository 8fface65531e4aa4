-- Hubs that this machine pushes its responses to. While there is one, triggers keep the journal (`ctm-storage`, `push`).

-- A hub, and how far it is.
CREATE TABLE push_target (
    id INTEGER PRIMARY KEY,
    url TEXT NOT NULL UNIQUE,
    hub TEXT NOT NULL,         -- its id, in hexadecimal digits
    name TEXT NOT NULL,        -- what this machine is called there
    most_level TEXT NOT NULL,  -- the most that this machine discloses
    certificate TEXT,          -- what is trusted in place of the certificates of the system, as PEM
    plain_http INTEGER NOT NULL, -- 1: it may be reached without encryption
    pepper BLOB NOT NULL,      -- the secret that keys the hashes
    enrolled_at_ms INTEGER NOT NULL,
    level TEXT NOT NULL,       -- what is disclosed since the beginning of the journal
    journal TEXT NOT NULL,     -- its id, in hexadecimal digits
    epoch INTEGER NOT NULL,    -- number of the journal; the upper bits of revisions
    acked INTEGER NOT NULL,    -- the hub has all entries up to this one
    sent INTEGER NOT NULL,     -- entries up to this one may have reached the hub
    receipt TEXT,              -- what the hub answered last
    forked_at_ms INTEGER,      -- when the hub last knew another course of the journal
    stopped TEXT               -- why nothing is pushed any more
) STRICT;

-- Responses in the order of their last changes, each once: what is after the entry that a hub has is all it lacks.
CREATE TABLE push_journal (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    key_hash INTEGER NOT NULL UNIQUE -- as in `event`
) STRICT;

-- What projects were called when the journal was last looked at: names depend on settings, which no trigger sees.
CREATE TABLE push_project (
    project_id INTEGER PRIMARY KEY,
    name TEXT NOT NULL
) STRICT;

-- The last pushes.
CREATE TABLE push_log (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    target_id INTEGER NOT NULL REFERENCES push_target (id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
    at_ms INTEGER NOT NULL,
    responses INTEGER NOT NULL,
    bytes INTEGER NOT NULL, -- compressed
    outcome TEXT NOT NULL
) STRICT;
CREATE INDEX push_log_of_target ON push_log (target_id);

-- Responses that a hub refused, by the revision of the claim.
CREATE TABLE push_refused (
    target_id INTEGER NOT NULL REFERENCES push_target (id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
    revision INTEGER NOT NULL,
    reason TEXT NOT NULL,
    PRIMARY KEY (target_id, revision)
) STRICT, WITHOUT ROWID;
