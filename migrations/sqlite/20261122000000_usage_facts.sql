-- Facts of usage. Costs are never stored: they follow from facts and the price table.
-- Times are UTC epoch milliseconds, sizes and offsets are bytes, flags are 0 or 1.

-- Rises with every commit that changes what a report can say.
CREATE TABLE state (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    data_version INTEGER NOT NULL
) STRICT;
INSERT INTO state (id, data_version) VALUES (1, 0);

-- Names, each stored once.
CREATE TABLE session (id INTEGER PRIMARY KEY, uuid TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE project (id INTEGER PRIMARY KEY, path TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE agent (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, kind TEXT) STRICT;
-- Branches, versions of Claude Code, tools.
CREATE TABLE term (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE) STRICT;
-- A model and the terms that decide its price; an absent term is the empty text.
CREATE TABLE billing (
    id INTEGER PRIMARY KEY,
    model TEXT NOT NULL,
    speed TEXT NOT NULL,
    service_tier TEXT NOT NULL,
    inference_geo TEXT NOT NULL,
    UNIQUE (model, speed, service_tier, inference_geo)
) STRICT;

-- A transcript, how far it was read, and how it is recognised.
CREATE TABLE source_file (
    id INTEGER PRIMARY KEY,
    root TEXT NOT NULL,
    path TEXT NOT NULL, -- below the root
    device INTEGER NOT NULL,
    inode INTEGER NOT NULL,
    size_bytes INTEGER NOT NULL,
    modified_ns INTEGER NOT NULL,
    offset_bytes INTEGER NOT NULL,
    head_hash INTEGER NOT NULL,
    tail_hash INTEGER NOT NULL,
    cwd TEXT,
    agent_id INTEGER REFERENCES agent (id),
    lines INTEGER NOT NULL,
    copies INTEGER NOT NULL, -- of the lines, those that are copies of responses
    gone INTEGER NOT NULL,   -- the file is no longer there; its facts stay
    UNIQUE (root, path)
) STRICT;

-- Lines that are no copies of responses, by reason.
CREATE TABLE skipped_line (
    file_id INTEGER NOT NULL REFERENCES source_file (id),
    reason TEXT NOT NULL,
    lines INTEGER NOT NULL,
    PRIMARY KEY (file_id, reason)
) STRICT, WITHOUT ROWID;

-- Lines that a person may want to look at.
CREATE TABLE line_issue (
    file_id INTEGER NOT NULL REFERENCES source_file (id),
    offset_bytes INTEGER NOT NULL,
    kind TEXT NOT NULL,
    PRIMARY KEY (file_id, offset_bytes, kind)
) STRICT, WITHOUT ROWID;

-- A billed part of a response. Part 0 is the response itself, as far as it is one.
-- Columns up to sidechain say where and when it was made: by its earliest copy (origin).
-- Columns from billing_id on say what it consumed: by the copy that won (winner).
CREATE TABLE event (
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL,
    part INTEGER NOT NULL,
    at_ms INTEGER NOT NULL,
    session_id INTEGER NOT NULL REFERENCES session (id),
    project_id INTEGER NOT NULL REFERENCES project (id),
    branch_id INTEGER REFERENCES term (id),
    version_id INTEGER REFERENCES term (id),
    agent_id INTEGER REFERENCES agent (id),
    sidechain INTEGER NOT NULL,
    origin_file_id INTEGER NOT NULL REFERENCES source_file (id),
    origin_offset_bytes INTEGER NOT NULL,
    billing_id INTEGER NOT NULL REFERENCES billing (id),
    input INTEGER NOT NULL,
    output INTEGER NOT NULL,
    cache_read INTEGER NOT NULL,
    cache_write_5m INTEGER NOT NULL,
    cache_write_1h INTEGER NOT NULL,
    web_searches INTEGER NOT NULL,
    ttl_assumed INTEGER NOT NULL,
    final INTEGER NOT NULL,
    winner_file_id INTEGER NOT NULL REFERENCES source_file (id),
    winner_offset_bytes INTEGER NOT NULL,
    winner_output INTEGER NOT NULL,
    winner_sidechain INTEGER NOT NULL,
    winner_in_own_file INTEGER NOT NULL,
    UNIQUE (key, part)
) STRICT;
CREATE INDEX event_at ON event (at_ms);
CREATE INDEX event_of_session ON event (session_id);

-- A line that logs a response: every figure can be traced to its lines.
CREATE TABLE copy (
    file_id INTEGER NOT NULL REFERENCES source_file (id),
    offset_bytes INTEGER NOT NULL,
    event_id INTEGER NOT NULL REFERENCES event (id),
    at_ms INTEGER NOT NULL,
    final INTEGER NOT NULL,
    sidechain INTEGER NOT NULL,
    input INTEGER NOT NULL,
    output INTEGER NOT NULL,
    cache_read INTEGER NOT NULL,
    cache_write_5m INTEGER NOT NULL,
    cache_write_1h INTEGER NOT NULL,
    PRIMARY KEY (file_id, offset_bytes)
) STRICT, WITHOUT ROWID;
CREATE INDEX copy_of_event ON copy (event_id);

CREATE TABLE tool_call (
    event_id INTEGER NOT NULL REFERENCES event (id),
    id TEXT NOT NULL,
    tool_id INTEGER NOT NULL REFERENCES term (id),
    PRIMARY KEY (event_id, id)
) STRICT, WITHOUT ROWID;
-- Apart from the calls, because the result of a call may be read before the call.
CREATE TABLE tool_error (id TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;

-- A prompt that a person typed; never its text. It belongs to the session of its earliest copy.
CREATE TABLE prompt (
    uuid TEXT PRIMARY KEY,
    session_id INTEGER NOT NULL REFERENCES session (id),
    at_ms INTEGER NOT NULL,
    file_id INTEGER NOT NULL REFERENCES source_file (id)
) STRICT, WITHOUT ROWID;

-- Responses seen inside progress records, which are not counted there.
CREATE TABLE embedded_response (key TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;

-- Claude Code's own statistics, as last read from each home. Never added to events.
CREATE TABLE stats_cache (
    root TEXT PRIMARY KEY,
    modified_ns INTEGER NOT NULL,
    version INTEGER,
    last_computed_date TEXT,
    token_unit TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE stats_cache_activity (
    root TEXT NOT NULL,
    date TEXT NOT NULL,
    messages INTEGER NOT NULL,
    sessions INTEGER NOT NULL,
    tool_calls INTEGER NOT NULL,
    PRIMARY KEY (root, date)
) STRICT, WITHOUT ROWID;
CREATE TABLE stats_cache_tokens (
    root TEXT NOT NULL,
    date TEXT NOT NULL,
    model TEXT NOT NULL,
    tokens INTEGER NOT NULL,
    token_unit TEXT NOT NULL,
    PRIMARY KEY (root, date, model)
) STRICT, WITHOUT ROWID;
CREATE TABLE stats_cache_model (
    root TEXT NOT NULL,
    model TEXT NOT NULL,
    input INTEGER NOT NULL,
    output INTEGER NOT NULL,
    cache_read INTEGER NOT NULL,
    cache_write INTEGER NOT NULL,
    PRIMARY KEY (root, model)
) STRICT, WITHOUT ROWID;
