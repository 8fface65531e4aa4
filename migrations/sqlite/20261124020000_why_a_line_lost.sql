-- What the rank of a line that does not count hangs on, as far as it was not stored yet.

-- Whether its file is named after its session; NULL: stored before this was.
ALTER TABLE superseded ADD COLUMN in_own_file INTEGER;
-- From output to that of the whole line: mostly 0.
ALTER TABLE superseded ADD COLUMN more_output INTEGER NOT NULL DEFAULT 0;
