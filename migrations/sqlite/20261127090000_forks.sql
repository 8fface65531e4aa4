-- What lines say of forks names sessions that nothing else may be known of, before or ever. So it is apart from
-- the sessions, by hashes of their ids.
CREATE TABLE fork (
    session INTEGER NOT NULL,  -- XXH3 of the id of a fork
    original INTEGER NOT NULL, -- that of the session that a line names as its original; 0: one that no line names
    PRIMARY KEY (session, original)
) STRICT, WITHOUT ROWID;
ALTER TABLE session DROP COLUMN is_fork;

-- The earliest copy of a prompt in a session, where several sessions have the prompt.
CREATE TABLE prompt_claim (
    prompt_id INTEGER NOT NULL REFERENCES prompt (id) DEFERRABLE INITIALLY DEFERRED,
    session_id INTEGER NOT NULL REFERENCES session (id) DEFERRABLE INITIALLY DEFERRED,
    at_ms INTEGER NOT NULL,
    file_id INTEGER NOT NULL REFERENCES source_file (id) DEFERRABLE INITIALLY DEFERRED,
    PRIMARY KEY (prompt_id, session_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX prompt_claim_of_session ON prompt_claim (session_id);

-- What lines say of forks is read once: no file is the one that it was.
UPDATE source_file SET device = -1, inode = -1;
