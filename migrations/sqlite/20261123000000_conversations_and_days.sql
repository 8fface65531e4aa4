-- Smaller and fewer rows: what the responses of a conversation share is stored once, of the
-- copies only those that do not count have rows of their own, and every day's sums are kept.
-- References are checked when a transaction ends: were they checked with every statement, each
-- would have to keep what it overwrites, to undo itself alone.

-- The conversation that a response is part of, and what surrounds it.
CREATE TABLE conversation (
    id INTEGER PRIMARY KEY,
    session_id INTEGER NOT NULL REFERENCES session (id) DEFERRABLE INITIALLY DEFERRED,
    project_id INTEGER NOT NULL REFERENCES project (id) DEFERRABLE INITIALLY DEFERRED,
    branch_id INTEGER REFERENCES term (id) DEFERRABLE INITIALLY DEFERRED,
    version_id INTEGER REFERENCES term (id) DEFERRABLE INITIALLY DEFERRED,
    agent_id INTEGER REFERENCES agent (id) DEFERRABLE INITIALLY DEFERRED,
    sidechain INTEGER NOT NULL
) STRICT;
-- A unique index takes every NULL for another value, and no row has the number 0.
CREATE UNIQUE INDEX conversation_of_session ON conversation
    (session_id, project_id, ifnull(branch_id, 0), ifnull(version_id, 0), ifnull(agent_id, 0), sidechain);
INSERT INTO conversation (session_id, project_id, branch_id, version_id, agent_id, sidechain)
SELECT DISTINCT session_id, project_id, branch_id, version_id, agent_id, sidechain FROM event;

-- A billed part of a response. Part 0 is the response itself, as far as it is one.
-- Columns up to origin_offset_bytes say when and where it was made: by its earliest copy (origin).
-- Columns from billing_id on say what it consumed: by the copy that won (winner).
CREATE TABLE event_of_conversation (
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL,
    key_hash INTEGER NOT NULL, -- XXH3 of the key; 0: to be computed
    part INTEGER NOT NULL,
    at_ms INTEGER NOT NULL,
    conversation_id INTEGER NOT NULL REFERENCES conversation (id) DEFERRABLE INITIALLY DEFERRED,
    origin_file_id INTEGER NOT NULL REFERENCES source_file (id) DEFERRABLE INITIALLY DEFERRED,
    origin_offset_bytes INTEGER NOT NULL,
    billing_id INTEGER NOT NULL REFERENCES billing (id) DEFERRABLE INITIALLY DEFERRED,
    input INTEGER NOT NULL,
    output INTEGER NOT NULL,
    cache_read INTEGER NOT NULL,
    cache_write_5m INTEGER NOT NULL,
    cache_write_1h INTEGER NOT NULL,
    web_searches INTEGER NOT NULL,
    ttl_assumed INTEGER NOT NULL,
    final INTEGER NOT NULL,
    winner_file_id INTEGER NOT NULL REFERENCES source_file (id) DEFERRABLE INITIALLY DEFERRED,
    winner_offset_bytes INTEGER NOT NULL,
    winner_after_ms INTEGER NOT NULL, -- from at_ms to the time of the line that counts
    winner_more_output INTEGER NOT NULL, -- from output to that of the whole line: mostly 0
    winner_sidechain INTEGER NOT NULL,
    winner_in_own_file INTEGER NOT NULL
) STRICT;
INSERT INTO event_of_conversation
SELECT event.id, key, 0, part, event.at_ms, conversation.id, origin_file_id, origin_offset_bytes, billing_id,
       event.input, event.output, event.cache_read, event.cache_write_5m, event.cache_write_1h, web_searches,
       ttl_assumed, event.final, winner_file_id, winner_offset_bytes,
       coalesce(copy.at_ms - event.at_ms, 0), winner_output - event.output, winner_sidechain, winner_in_own_file
FROM event
JOIN conversation ON conversation.session_id = event.session_id AND conversation.project_id = event.project_id
     AND conversation.branch_id IS event.branch_id AND conversation.version_id IS event.version_id
     AND conversation.agent_id IS event.agent_id AND conversation.sidechain = event.sidechain
LEFT JOIN copy ON copy.file_id = winner_file_id AND copy.offset_bytes = winner_offset_bytes
ORDER BY event.id;

-- A line that logs a response and does not count, because another copy won: with the winner, it
-- traces every figure to its lines.
CREATE TABLE superseded (
    event_id INTEGER NOT NULL REFERENCES event_of_conversation (id) DEFERRABLE INITIALLY DEFERRED,
    file_id INTEGER NOT NULL REFERENCES source_file (id) DEFERRABLE INITIALLY DEFERRED,
    offset_bytes INTEGER NOT NULL,
    at_ms INTEGER NOT NULL,
    final INTEGER NOT NULL,
    sidechain INTEGER NOT NULL,
    input INTEGER NOT NULL,
    output INTEGER NOT NULL,
    cache_read INTEGER NOT NULL,
    cache_write_5m INTEGER NOT NULL,
    cache_write_1h INTEGER NOT NULL,
    PRIMARY KEY (event_id, file_id, offset_bytes)
) STRICT, WITHOUT ROWID;
INSERT INTO superseded
SELECT event_id, file_id, offset_bytes, copy.at_ms, copy.final, copy.sidechain, copy.input, copy.output,
       copy.cache_read, copy.cache_write_5m, copy.cache_write_1h
FROM copy
JOIN event_of_conversation AS event ON event.id = event_id
WHERE (file_id, offset_bytes) <> (winner_file_id, winner_offset_bytes)
ORDER BY event_id, file_id, offset_bytes;

CREATE TABLE tool_call_of_event (
    event_id INTEGER NOT NULL REFERENCES event_of_conversation (id) DEFERRABLE INITIALLY DEFERRED,
    id TEXT NOT NULL,
    tool_id INTEGER NOT NULL REFERENCES term (id) DEFERRABLE INITIALLY DEFERRED,
    PRIMARY KEY (event_id, id)
) STRICT, WITHOUT ROWID;
INSERT INTO tool_call_of_event SELECT event_id, id, tool_id FROM tool_call ORDER BY event_id, id;

DROP TABLE tool_call;
DROP TABLE copy;
DROP TABLE event;
ALTER TABLE event_of_conversation RENAME TO event;
ALTER TABLE tool_call_of_event RENAME TO tool_call;
-- An index of the keys themselves would be three times as large, and as much to write all over
-- again with every commit, since keys come in no order.
CREATE INDEX event_key ON event (key_hash);
CREATE INDEX event_at ON event (at_ms);
CREATE INDEX event_in_conversation ON event (conversation_id);

-- The usage of each UTC day with events, summed and packed: derived, to answer without looking at
-- every event. NULL where it is to be computed anew.
CREATE TABLE usage_day (
    day INTEGER PRIMARY KEY, -- counted from 1970-01-01
    usage BLOB
) STRICT;
CREATE INDEX usage_day_to_compute ON usage_day (day) WHERE usage IS NULL;
INSERT INTO usage_day (day) SELECT DISTINCT at_ms / 86400000 FROM event;
-- In what form, and by which long-context thresholds, the days are summed; empty: in none yet.
ALTER TABLE state ADD COLUMN usage_day_form TEXT NOT NULL DEFAULT '';
