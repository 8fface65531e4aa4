-- Telemetry of Claude Code: the second witness of a response. It has no text of a user, no account, no organization and
-- no input of a tool.

-- Hash of the id of the request that a response answers, of its first part, according to its earliest copy that names one,
-- and the time of that copy. NULL where no copy does.
ALTER TABLE event ADD COLUMN request INTEGER;
ALTER TABLE event ADD COLUMN request_at_ms INTEGER;
-- Of output: what telemetry adds to the output of the transcripts, none of which is final. NULL where it adds nothing.
ALTER TABLE event ADD COLUMN witness_output INTEGER;
CREATE INDEX event_request ON event (request) WHERE request IS NOT NULL;

-- What telemetry reports of a request: the greatest of its reports.
CREATE TABLE witness (
    request INTEGER PRIMARY KEY, -- hash of the request's id
    -- A response to it; NULL where none is stored.
    event_id INTEGER REFERENCES event (id) DEFERRABLE INITIALLY DEFERRED,
    at_ms INTEGER NOT NULL,
    session_id INTEGER REFERENCES session (id) DEFERRABLE INITIALLY DEFERRED,
    billing_id INTEGER REFERENCES billing (id) DEFERRABLE INITIALLY DEFERRED, -- model and speed alone
    input INTEGER NOT NULL,
    output INTEGER NOT NULL,
    cache_read INTEGER NOT NULL,
    cache_creation INTEGER NOT NULL, -- of either duration
    cost_micros INTEGER,             -- Claude Code's own figure, in millionths of a US dollar
    query_source_id INTEGER REFERENCES term (id) DEFERRABLE INITIALLY DEFERRED, -- what the request was for
    version_id INTEGER REFERENCES term (id) DEFERRABLE INITIALLY DEFERRED,
    circumstance_id INTEGER REFERENCES circumstance (id) DEFERRABLE INITIALLY DEFERRED,
    contested INTEGER NOT NULL       -- two reports counted differently
) STRICT;
CREATE INDEX witness_of_event ON witness (event_id, at_ms);
