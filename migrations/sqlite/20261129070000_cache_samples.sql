-- The prompt cache of a session, as Claude Code describes it to its status line: a row is what was reported from one miss to
-- the next.
CREATE TABLE cache_sample (
    id INTEGER PRIMARY KEY,
    home TEXT NOT NULL, -- path of the Claude home; empty when that is not known
    session TEXT NOT NULL,
    title TEXT,         -- of the session, with the setting `session_names` alone
    model TEXT,
    expires_at_ms INTEGER,
    of_an_hour INTEGER NOT NULL, -- 1: it is kept for an hour, 0: for five minutes
    recache_tokens INTEGER,      -- written by the next request once it has expired
    -- Of the session so far.
    requests INTEGER,
    misses INTEGER,
    expected_rebuilds INTEGER,
    written_tokens INTEGER,
    missed_tokens INTEGER,       -- written again because of misses
    last_miss_at_ms INTEGER,
    last_miss TEXT NOT NULL,     -- causes, a list in JSON
    miss_causes TEXT NOT NULL,   -- number of misses by cause, an object in JSON
    first_at_ms INTEGER NOT NULL,
    last_at_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX cache_sample_of_session ON cache_sample (session, id);
CREATE INDEX cache_sample_at ON cache_sample (last_at_ms);
