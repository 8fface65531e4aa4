-- What machines push to this database, if it is a hub.

-- The identity of the hub. A row from the first invite on.
CREATE TABLE hub_state (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    uid TEXT NOT NULL,    -- in hexadecimal digits
    key BLOB NOT NULL,    -- signs receipts
    pepper BLOB NOT NULL  -- the secret that keys the hashes of all machines
) STRICT;

-- Codes with which machines enrol.
CREATE TABLE hub_invite (
    code_hash BLOB PRIMARY KEY, -- SHA-256
    level TEXT NOT NULL,        -- how much is to be disclosed
    ends_at_ms INTEGER NOT NULL,
    uses INTEGER NOT NULL       -- that are left
) STRICT, WITHOUT ROWID;

-- A machine that enrolled, and up to where its journal is stored. One that was removed keeps its row, so that a late push is
-- refused.
CREATE TABLE hub_machine (
    uid TEXT PRIMARY KEY, -- its id, in hexadecimal digits
    name TEXT NOT NULL,
    level TEXT NOT NULL,
    enrolled_at_ms INTEGER NOT NULL,
    token_hash BLOB,     -- SHA-256; absent once it was revoked
    former_hash BLOB,    -- of the token before the last rotation
    former_until_ms INTEGER,
    epoch INTEGER NOT NULL,
    journal TEXT,        -- in hexadecimal digits; absent before the first push
    acked INTEGER NOT NULL,
    pushes INTEGER NOT NULL, -- number of the newest receipt
    prior INTEGER NOT NULL,  -- number of the receipt that the last push had
    pushed_at_ms INTEGER,
    skew_ms INTEGER,         -- by which its clock was behind at the last push
    agent TEXT,              -- program and version of the last push
    removed INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
