-- A project is where a session was started, and not where its responses were made: a conversation's
-- project_id is the working directory of its responses.

-- The working directory at the earliest line of the session that names one, in the session's own
-- transcript if one there does. NULL where none is known.
ALTER TABLE session ADD COLUMN start_project_id INTEGER REFERENCES project (id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE session ADD COLUMN start_in_own_file INTEGER NOT NULL DEFAULT 0;
ALTER TABLE session ADD COLUMN start_ms INTEGER NOT NULL DEFAULT 0;

-- Worktrees that transcripts name, each with its repository.
CREATE TABLE worktree (
    path TEXT PRIMARY KEY,
    repository TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Where sessions were started is read once: no file is the one that it was.
UPDATE source_file SET device = -1, inode = -1;
