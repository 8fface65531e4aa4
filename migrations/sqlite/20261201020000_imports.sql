-- Figures that other programs kept, from files that a person imported. They are in no sum of usage.

-- An imported file.
CREATE TABLE import_file (
    id INTEGER PRIMARY KEY,
    digest TEXT NOT NULL UNIQUE,      -- SHA-256 of its bytes, in hexadecimal digits
    name TEXT NOT NULL,               -- its name, without the folder
    program TEXT NOT NULL,               -- the program that wrote it
    format TEXT,                      -- version of the format, if the file states it
    zone TEXT,                        -- the zone of its days; NULL: unknown
    other_agents INTEGER NOT NULL,    -- 1: its figures include agents other than Claude Code
    imported_at_ms INTEGER NOT NULL
) STRICT;

-- What a file has of a model in a period.
CREATE TABLE import_figure (
    file_id INTEGER NOT NULL REFERENCES import_file (id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
    grain TEXT NOT NULL,              -- day, week, month or sessions: the sessions that began and ended on these days
    first_day TEXT NOT NULL,          -- YYYY-MM-DD
    last_day TEXT NOT NULL,
    model TEXT NOT NULL,              -- empty: unknown
    input INTEGER NOT NULL,
    output INTEGER NOT NULL,
    cache_read INTEGER NOT NULL,
    cache_write INTEGER NOT NULL,
    cost TEXT,                        -- US dollars, the exact decimal; NULL: unknown
    PRIMARY KEY (file_id, grain, first_day, last_day, model)
) STRICT, WITHOUT ROWID;
