-- Facts of usage. Costs are never stored: they follow from facts and the price table.
-- Times are UTC epoch milliseconds, sizes and offsets are bytes, flags are 0 or 1. A hash is the XXH3 of a text.
-- References are checked when a transaction ends: were they checked with every statement, each would have to keep what
-- it overwrites, to undo itself alone.

-- What distinguishes a database of this program from any other SQLite file: the letters `ctmd`.
PRAGMA application_id = 1668574564;

CREATE TABLE state (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    -- Rises with every commit that changes what a report can say.
    data_version INTEGER NOT NULL,
    -- Rises when facts are forgotten or remembered: row ids of names, and checkpoints, that a process knows from before are
    -- void then. 0: nothing was ever forgotten.
    forgotten_version INTEGER NOT NULL DEFAULT 0,
    -- The form, and the long-context thresholds, by which days are summed; empty: by none yet.
    usage_day_form TEXT NOT NULL DEFAULT ''
) STRICT;
INSERT INTO state (id, data_version, forgotten_version, usage_day_form) VALUES (1, 0, 0, '');

-- Names, each stored once.
CREATE TABLE project (id INTEGER PRIMARY KEY, path TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE agent (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, kind TEXT) STRICT;
-- Branches, versions of Claude Code, tools.
CREATE TABLE term (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE) STRICT;

-- A session. Its project is the working directory at its earliest line that names one, in the session's own transcript if
-- one there does; NULL where none is known.
CREATE TABLE session (
    id INTEGER PRIMARY KEY,
    uuid TEXT NOT NULL UNIQUE,
    start_project_id INTEGER REFERENCES project (id) DEFERRABLE INITIALLY DEFERRED,
    start_in_own_file INTEGER NOT NULL DEFAULT 0,
    start_ms INTEGER NOT NULL DEFAULT 0
) STRICT;

-- A model and the terms that decide its price; an absent term is the empty text.
CREATE TABLE billing (
    id INTEGER PRIMARY KEY,
    model TEXT NOT NULL,
    speed TEXT NOT NULL,
    service_tier TEXT NOT NULL,
    inference_geo TEXT NOT NULL,
    refusal TEXT NOT NULL, -- category of an attempt that a model refused before any output
    UNIQUE (model, speed, service_tier, inference_geo, refusal)
) STRICT;

-- The conversation that a response is part of, and its surroundings.
CREATE TABLE conversation (
    id INTEGER PRIMARY KEY,
    session_id INTEGER NOT NULL REFERENCES session (id) DEFERRABLE INITIALLY DEFERRED,
    project_id INTEGER NOT NULL REFERENCES project (id) DEFERRABLE INITIALLY DEFERRED, -- working directory of its responses
    branch_id INTEGER REFERENCES term (id) DEFERRABLE INITIALLY DEFERRED,
    version_id INTEGER REFERENCES term (id) DEFERRABLE INITIALLY DEFERRED,
    agent_id INTEGER REFERENCES agent (id) DEFERRABLE INITIALLY DEFERRED,
    entrypoint_id INTEGER REFERENCES term (id) DEFERRABLE INITIALLY DEFERRED,
    team_id INTEGER REFERENCES term (id) DEFERRABLE INITIALLY DEFERRED,
    teammate_id INTEGER REFERENCES term (id) DEFERRABLE INITIALLY DEFERRED,
    sidechain INTEGER NOT NULL
) STRICT;
-- A unique index takes every NULL for another value, and no row has the number 0.
CREATE UNIQUE INDEX conversation_of_session ON conversation
    (session_id, project_id, ifnull(branch_id, 0), ifnull(version_id, 0), ifnull(agent_id, 0), sidechain,
     ifnull(entrypoint_id, 0), ifnull(team_id, 0), ifnull(teammate_id, 0));

-- Names around a response; an absent one is the empty text.
CREATE TABLE circumstance (
    id INTEGER PRIMARY KEY,
    skill TEXT NOT NULL,
    plugin TEXT NOT NULL,
    agent TEXT NOT NULL,
    mcp_server TEXT NOT NULL,
    mcp_tool TEXT NOT NULL,
    effort TEXT NOT NULL,
    refusal TEXT NOT NULL,
    cache_miss TEXT NOT NULL, -- why the prompt cache was missed
    UNIQUE (skill, plugin, agent, mcp_server, mcp_tool, effort, refusal, cache_miss)
) STRICT;

-- Claude homes, each once. The label of a home is a setting, and is not stored.
CREATE TABLE home (
    id INTEGER PRIMARY KEY,
    root TEXT NOT NULL UNIQUE -- its canonical path
) STRICT;

-- A transcript, its checkpoint, and how it is recognised.
CREATE TABLE source_file (
    id INTEGER PRIMARY KEY,
    home_id INTEGER NOT NULL REFERENCES home (id) DEFERRABLE INITIALLY DEFERRED,
    path TEXT NOT NULL, -- below the home
    device INTEGER NOT NULL,
    inode INTEGER NOT NULL,
    size_bytes INTEGER NOT NULL,
    modified_ns INTEGER NOT NULL,
    offset_bytes INTEGER NOT NULL,
    head_hash INTEGER NOT NULL,
    tail_hash INTEGER NOT NULL,
    cwd TEXT,
    agent_id INTEGER REFERENCES agent (id) DEFERRABLE INITIALLY DEFERRED,
    lines INTEGER NOT NULL,
    copies INTEGER NOT NULL,              -- of the lines, those that are copies of responses
    forgotten INTEGER NOT NULL DEFAULT 0, -- of the copies, those of responses that were forgotten
    recovered INTEGER NOT NULL DEFAULT 0, -- lines with a flaw, by kind
    bad_counts INTEGER NOT NULL DEFAULT 0,
    iterations_below_total INTEGER NOT NULL DEFAULT 0,
    zones_assumed INTEGER NOT NULL DEFAULT 0,
    tail TEXT,             -- the last line, if it has no line feed and is a whole record all the same: `copy`, or the
                           -- reason for which it is none; it is not among `lines`, because it is read again
    gone INTEGER NOT NULL, -- the file is no longer there; its facts stay
    UNIQUE (home_id, path)
) STRICT;

-- Lines that are no copies of responses, by reason.
CREATE TABLE skipped_line (
    file_id INTEGER NOT NULL REFERENCES source_file (id) DEFERRABLE INITIALLY DEFERRED,
    reason TEXT NOT NULL,
    lines INTEGER NOT NULL,
    PRIMARY KEY (file_id, reason)
) STRICT, WITHOUT ROWID;

-- The first lines of each transcript that deserve a look, at most a hundred; all are counted with the transcript.
CREATE TABLE line_issue (
    file_id INTEGER NOT NULL REFERENCES source_file (id) DEFERRABLE INITIALLY DEFERRED,
    offset_bytes INTEGER NOT NULL,
    kind TEXT NOT NULL,
    PRIMARY KEY (file_id, offset_bytes, kind)
) STRICT, WITHOUT ROWID;

-- A billed part of a response. Part 0 is the response itself, as far as it is one.
-- Columns up to origin_offset_bytes say when and where it was made: by its earliest copy (origin).
-- Columns from billing_id on say what it consumed: by the copy that won (winner).
CREATE TABLE event (
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL,
    key_hash INTEGER NOT NULL,
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
    winner_after_ms INTEGER NOT NULL,           -- from at_ms to the time of the line that counts
    winner_more_output INTEGER NOT NULL,        -- from output to that of the whole line: mostly 0
    winner_sidechain INTEGER NOT NULL,
    winner_in_own_file INTEGER NOT NULL,        -- the file is named after its session
    winner_embedded INTEGER NOT NULL DEFAULT 0, -- the line is a progress record of the parent, which embeds the copy
    -- Of the first part of a response: the greatest values over all of its copies. NULL where no copy says it, which takes
    -- one byte of a row.
    circumstance_id INTEGER REFERENCES circumstance (id) DEFERRABLE INITIALLY DEFERRED,
    thinking_tokens INTEGER, -- of the output
    cache_missed_tokens INTEGER
) STRICT;
-- An index of the keys themselves would be three times as large, and as much to write all over again with every commit,
-- since keys come in no order.
CREATE INDEX event_key ON event (key_hash);
CREATE INDEX event_at ON event (at_ms);
CREATE INDEX event_in_conversation ON event (conversation_id);

-- A line that logs a response and does not count, because another copy won: with the winner, it traces every figure to
-- its lines, and says by which rule it lost.
CREATE TABLE superseded (
    event_id INTEGER NOT NULL REFERENCES event (id) DEFERRABLE INITIALLY DEFERRED,
    file_id INTEGER NOT NULL REFERENCES source_file (id) DEFERRABLE INITIALLY DEFERRED,
    offset_bytes INTEGER NOT NULL,
    at_ms INTEGER NOT NULL,
    final INTEGER NOT NULL,
    sidechain INTEGER NOT NULL,
    in_own_file INTEGER NOT NULL,
    embedded INTEGER NOT NULL,
    input INTEGER NOT NULL,
    output INTEGER NOT NULL,
    cache_read INTEGER NOT NULL,
    cache_write_5m INTEGER NOT NULL,
    cache_write_1h INTEGER NOT NULL,
    more_output INTEGER NOT NULL, -- from output to that of the whole line: mostly 0
    PRIMARY KEY (event_id, file_id, offset_bytes)
) STRICT, WITHOUT ROWID;

-- The earliest copy of a response in a session, where several sessions have the response: a fork copies responses into
-- another session, and no line says where it was written. The owner follows from all claims.
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

-- Forks by what lines say. They name sessions of which nothing else may be known, before or ever.
CREATE TABLE fork (
    session INTEGER NOT NULL,  -- hash of the id of a fork
    original INTEGER NOT NULL, -- that of the session that a line names as its original; 0: one that no line names
    PRIMARY KEY (session, original)
) STRICT, WITHOUT ROWID;

-- Worktrees that transcripts name, each with its repository.
CREATE TABLE worktree (
    path TEXT PRIMARY KEY,
    repository TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Ids that are only ever compared are stored as hashes, which take eight bytes instead of thirty.
-- Calls are found by their id, because the result of a call is read after the call.
CREATE TABLE tool_call (
    event_id INTEGER NOT NULL REFERENCES event (id) DEFERRABLE INITIALLY DEFERRED,
    id INTEGER NOT NULL, -- hash of the id of the `tool_use` block
    tool_id INTEGER NOT NULL REFERENCES term (id) DEFERRABLE INITIALLY DEFERRED,
    PRIMARY KEY (event_id, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX tool_call_id ON tool_call (id);

-- Apart from the calls, because the result of a call may be read before the call.
CREATE TABLE tool_error (
    id INTEGER PRIMARY KEY -- hash of the id of the `tool_use` block
) STRICT;

-- Web searches of tool calls, which Claude Code makes in requests of their own. Apart from the calls, because the result
-- of a call may be read before the call.
CREATE TABLE call_searches (
    id INTEGER PRIMARY KEY, -- hash of the id of the `tool_use` block
    searches INTEGER NOT NULL
) STRICT;

-- Responses with an attempt that a model refused before any output, by the first part.
CREATE TABLE refused (
    event_id INTEGER PRIMARY KEY REFERENCES event (id) DEFERRABLE INITIALLY DEFERRED,
    request INTEGER NOT NULL -- hash of the request's id
) STRICT;

-- The categories of refusals that other lines than the response's name. Apart from the responses, because such a line may
-- be read before.
CREATE TABLE refusal (
    request INTEGER PRIMARY KEY, -- hash of the request's id
    category TEXT NOT NULL
) STRICT;

-- A typed prompt; never its text. It belongs to the session of its earliest copy.
CREATE TABLE prompt (
    id INTEGER PRIMARY KEY, -- hash of the line's uuid
    session_id INTEGER NOT NULL REFERENCES session (id) DEFERRABLE INITIALLY DEFERRED,
    at_ms INTEGER NOT NULL,
    file_id INTEGER NOT NULL REFERENCES source_file (id) DEFERRABLE INITIALLY DEFERRED
) STRICT;

-- The earliest copy of a prompt in a session, where several sessions have the prompt.
CREATE TABLE prompt_claim (
    prompt_id INTEGER NOT NULL REFERENCES prompt (id) DEFERRABLE INITIALLY DEFERRED,
    session_id INTEGER NOT NULL REFERENCES session (id) DEFERRABLE INITIALLY DEFERRED,
    at_ms INTEGER NOT NULL,
    file_id INTEGER NOT NULL REFERENCES source_file (id) DEFERRABLE INITIALLY DEFERRED,
    PRIMARY KEY (prompt_id, session_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX prompt_claim_of_session ON prompt_claim (session_id);

-- Turns, hooks and pull requests. The id is a hash, equal in all copies of a line; the earliest copy holds.
CREATE TABLE session_record (
    id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL, -- turn, hook, pull_request
    session_id INTEGER NOT NULL REFERENCES session (id) DEFERRABLE INITIALLY DEFERRED,
    at_ms INTEGER NOT NULL,
    file_id INTEGER NOT NULL REFERENCES source_file (id) DEFERRABLE INITIALLY DEFERRED,
    name_id INTEGER REFERENCES term (id) DEFERRABLE INITIALLY DEFERRED, -- program of a hook, repository
    duration_ms INTEGER,
    number INTEGER, -- of a pull request
    url TEXT
) STRICT;
CREATE INDEX session_record_of_session ON session_record (session_id);

-- Names that sessions were given, where the setting `session_names` is on. The latest line holds.
CREATE TABLE session_name (
    session_id INTEGER NOT NULL REFERENCES session (id) DEFERRABLE INITIALLY DEFERRED,
    kind TEXT NOT NULL, -- title, agent
    name TEXT NOT NULL,
    in_own_file INTEGER NOT NULL,
    file_id INTEGER NOT NULL REFERENCES source_file (id) DEFERRABLE INITIALLY DEFERRED,
    offset_bytes INTEGER NOT NULL, -- -1: of a line of the file as it was before it was read anew
    PRIMARY KEY (session_id, kind)
) STRICT, WITHOUT ROWID;

-- Claude Code's own totals of a session, the greatest that were read. Never added to events. Costs are pico-US-dollars,
-- durations are milliseconds.
CREATE TABLE cost_state (
    session_id INTEGER PRIMARY KEY REFERENCES session (id) DEFERRABLE INITIALLY DEFERRED,
    file_id INTEGER NOT NULL REFERENCES source_file (id) DEFERRABLE INITIALLY DEFERRED,
    cost INTEGER NOT NULL,
    api_duration_ms INTEGER NOT NULL,
    tool_duration_ms INTEGER NOT NULL,
    duration_ms INTEGER NOT NULL,
    lines_added INTEGER NOT NULL,
    lines_removed INTEGER NOT NULL
) STRICT;
CREATE TABLE cost_state_model (
    session_id INTEGER NOT NULL REFERENCES cost_state (session_id) DEFERRABLE INITIALLY DEFERRED,
    model TEXT NOT NULL,
    cost INTEGER NOT NULL,
    input INTEGER NOT NULL,
    output INTEGER NOT NULL,
    thinking INTEGER NOT NULL, -- of the output
    cache_read INTEGER NOT NULL,
    cache_write INTEGER NOT NULL,
    web_searches INTEGER NOT NULL,
    PRIMARY KEY (session_id, model)
) STRICT, WITHOUT ROWID;

-- The usage and the tool calls of each UTC day with events, summed and packed: derived, to answer without looking at every
-- event. NULL usage where the day is to be computed anew; NULL tools there, and where there are none.
CREATE TABLE usage_day (
    day INTEGER PRIMARY KEY, -- counted from 1970-01-01
    usage BLOB,
    tools BLOB
) STRICT;
CREATE INDEX usage_day_to_compute ON usage_day (day) WHERE usage IS NULL;

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

-- The totals of all usage at a moment, as they were reported then: what has since been read or priced anew does not change
-- them. They are no facts of usage, and can be deleted.
CREATE TABLE snapshot (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    taken_at_ms INTEGER NOT NULL,
    data_version INTEGER NOT NULL,
    price_version TEXT NOT NULL,
    input INTEGER NOT NULL,
    output INTEGER NOT NULL,
    cache_read INTEGER NOT NULL,
    cache_write_5m INTEGER NOT NULL,
    cache_write_1h INTEGER NOT NULL,
    web_searches INTEGER NOT NULL,
    responses INTEGER NOT NULL,
    sessions INTEGER NOT NULL,
    unfinalised INTEGER NOT NULL,
    unpriced_tokens INTEGER NOT NULL,
    cost TEXT,                 -- US dollars, the exact decimal; NULL when nothing could be priced
    cache_saving TEXT NOT NULL -- the same
) STRICT;
CREATE INDEX snapshot_at ON snapshot (taken_at_ms);

-- How much of an official limit was used, as Claude Code reports it to its status line, many times for each session: a row
-- is one figure, and the time from its first to its last report.
CREATE TABLE limit_sample (
    id INTEGER PRIMARY KEY,
    home TEXT NOT NULL, -- path of the Claude home; empty when that is not known
    session TEXT NOT NULL,
    name TEXT NOT NULL, -- five_hour, seven_day, or a limit of a model or of spending
    window_hours INTEGER NOT NULL,
    used_percentage REAL NOT NULL,
    resets_at_ms INTEGER,
    first_at_ms INTEGER NOT NULL,
    last_at_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX limit_sample_of_session ON limit_sample (session, window_hours, last_at_ms);
CREATE INDEX limit_sample_at ON limit_sample (first_at_ms);

-- Facts that were forgotten on demand, one row for each time.
CREATE TABLE forgetting (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at_ms INTEGER NOT NULL,     -- when
    from_ms INTEGER,            -- the first moment that was chosen; NULL: from the beginning
    until_ms INTEGER,           -- the moment before which it ended; NULL: without an end
    responses INTEGER NOT NULL, -- what was removed
    tokens INTEGER NOT NULL
) STRICT;

-- The names by which facts were chosen. The texts are not kept: they may be what has to be removed.
CREATE TABLE forgetting_name (
    forgetting_id INTEGER NOT NULL REFERENCES forgetting (id) DEFERRABLE INITIALLY DEFERRED,
    kind TEXT NOT NULL,    -- home, project or session
    name INTEGER NOT NULL, -- hash of the text
    PRIMARY KEY (forgetting_id, kind, name)
) STRICT, WITHOUT ROWID;

-- Ids that are left out whenever they are read again.
CREATE TABLE forgotten (
    id INTEGER NOT NULL,   -- hash: of the key of a response, the uuid of a prompt, the id of a failed call, or a home and a
                           -- day of its stats cache
    home INTEGER NOT NULL, -- hash of the path of the home that it is left out of; 0: of every home
    forgetting_id INTEGER NOT NULL REFERENCES forgetting (id) DEFERRABLE INITIALLY DEFERRED,
    PRIMARY KEY (id, home)
) STRICT, WITHOUT ROWID;
