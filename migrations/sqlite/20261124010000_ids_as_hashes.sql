-- Ids that are only ever compared take eight bytes instead of thirty: what is stored is the XXH3 of
-- their text, as of the keys of responses. What is stored as text is hashed, and the tables with
-- texts are dropped, when the database is opened.
-- Calls are found by their id, because the result of a call is read after the call.

ALTER TABLE tool_call RENAME TO tool_call_with_text;
CREATE TABLE tool_call (
    event_id INTEGER NOT NULL REFERENCES event (id) DEFERRABLE INITIALLY DEFERRED,
    id INTEGER NOT NULL, -- XXH3 of the id of the `tool_use` block
    tool_id INTEGER NOT NULL REFERENCES term (id) DEFERRABLE INITIALLY DEFERRED,
    PRIMARY KEY (event_id, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX tool_call_id ON tool_call (id);

-- Apart from the calls, because the result of a call may be read before the call.
ALTER TABLE tool_error RENAME TO tool_error_with_text;
CREATE TABLE tool_error (
    id INTEGER PRIMARY KEY -- XXH3 of the id of the `tool_use` block
) STRICT;

-- A prompt that a person typed; never its text. It belongs to the session of its earliest copy.
ALTER TABLE prompt RENAME TO prompt_with_text;
CREATE TABLE prompt (
    id INTEGER PRIMARY KEY, -- XXH3 of the line's uuid
    session_id INTEGER NOT NULL REFERENCES session (id) DEFERRABLE INITIALLY DEFERRED,
    at_ms INTEGER NOT NULL,
    file_id INTEGER NOT NULL REFERENCES source_file (id) DEFERRABLE INITIALLY DEFERRED
) STRICT;

-- Responses seen inside progress records, which are not counted there.
ALTER TABLE embedded_response RENAME TO embedded_response_with_text;
CREATE TABLE embedded_response (
    id INTEGER PRIMARY KEY -- XXH3 of the response's key
) STRICT;

-- The tool calls of each UTC day, summed and packed, beside its usage: NULL where there are none, or
-- where the day is to be computed anew.
ALTER TABLE usage_day ADD COLUMN tools BLOB;
