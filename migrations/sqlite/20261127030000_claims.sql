-- A fork copies responses into another session, and none of the lines says where it was written. So
-- each session that has a response which others have too has a claim, and the owner follows from all.

-- The earliest copy of a response in a session, where several sessions have the response.
CREATE TABLE claim (
    event_id INTEGER NOT NULL REFERENCES event (id) DEFERRABLE INITIALLY DEFERRED, -- its first part
    session_id INTEGER NOT NULL REFERENCES session (id) DEFERRABLE INITIALLY DEFERRED,
    conversation_id INTEGER NOT NULL REFERENCES conversation (id) DEFERRABLE INITIALLY DEFERRED,
    at_ms INTEGER NOT NULL,
    file_id INTEGER NOT NULL REFERENCES source_file (id) DEFERRABLE INITIALLY DEFERRED,
    offset_bytes INTEGER NOT NULL,
    PRIMARY KEY (event_id, session_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX claim_of_session ON claim (session_id);

-- Whether a line of the session says that it is a fork.
ALTER TABLE session ADD COLUMN is_fork INTEGER NOT NULL DEFAULT 0;

-- What was attributed so far is read again, once: no file is the one that it was.
UPDATE source_file SET device = -1, inode = -1;
