-- How much of an official limit was used, as Claude Code told its status line. A session is told
-- the same many times: a row is one figure, and from when to when it was told.
CREATE TABLE limit_sample (
    id INTEGER PRIMARY KEY,
    home TEXT NOT NULL,         -- path of the Claude home; empty when that is not known
    session TEXT NOT NULL,
    window_hours INTEGER NOT NULL, -- 5 or 168
    used_percentage REAL NOT NULL,
    resets_at_ms INTEGER,
    first_at_ms INTEGER NOT NULL,
    last_at_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX limit_sample_of_session ON limit_sample (session, window_hours, last_at_ms);
CREATE INDEX limit_sample_at ON limit_sample (first_at_ms);
