-- Facts that were forgotten on demand, and what keeps them from being read again.

-- One row for each time that facts were forgotten.
CREATE TABLE forgetting (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at_ms INTEGER NOT NULL,     -- when
    from_ms INTEGER,            -- the first moment that was chosen; NULL: from the beginning
    until_ms INTEGER,           -- the moment before which it ended; NULL: without an end
    responses INTEGER NOT NULL, -- what was removed
    tokens INTEGER NOT NULL
) STRICT;

-- The names by which facts were chosen. The texts are not kept: they may be what has to go.
CREATE TABLE forgetting_name (
    forgetting_id INTEGER NOT NULL REFERENCES forgetting (id) DEFERRABLE INITIALLY DEFERRED,
    kind TEXT NOT NULL,    -- home, project or session
    name INTEGER NOT NULL, -- XXH3 of the text
    PRIMARY KEY (forgetting_id, kind, name)
) STRICT, WITHOUT ROWID;

-- Ids that are left out whenever they are read again.
CREATE TABLE forgotten (
    id INTEGER NOT NULL,   -- XXH3: of the key of a response, the uuid of a prompt, the id of a failed call, or a
                           -- home and a day of its stats cache
    home INTEGER NOT NULL, -- XXH3 of the path of the home that it is left out of; 0: of every home
    forgetting_id INTEGER NOT NULL REFERENCES forgetting (id) DEFERRABLE INITIALLY DEFERRED,
    PRIMARY KEY (id, home)
) STRICT, WITHOUT ROWID;

-- Of the copies, those of responses that were forgotten.
ALTER TABLE source_file ADD COLUMN forgotten INTEGER NOT NULL DEFAULT 0;
-- Rises when facts are forgotten or remembered: numbers of names, and checkpoints, that a process knows from
-- before no longer hold. 0: nothing was ever forgotten.
ALTER TABLE state ADD COLUMN forgotten_version INTEGER NOT NULL DEFAULT 0;
