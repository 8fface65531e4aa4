-- What transcripts say beside usage: Claude Code deletes them, so that it is kept from now on. NULL where it is
-- not known: the transcript does not say it, or was gone before this was read.

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

-- Of the first part of a response: the greatest values over all of its copies. A NULL is one byte of a row.
ALTER TABLE event ADD COLUMN circumstance_id INTEGER REFERENCES circumstance (id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE event ADD COLUMN thinking_tokens INTEGER; -- of the output
ALTER TABLE event ADD COLUMN cache_missed_tokens INTEGER;

ALTER TABLE conversation ADD COLUMN entrypoint_id INTEGER REFERENCES term (id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE conversation ADD COLUMN team_id INTEGER REFERENCES term (id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE conversation ADD COLUMN teammate_id INTEGER REFERENCES term (id) DEFERRABLE INITIALLY DEFERRED;
DROP INDEX conversation_of_session;
CREATE UNIQUE INDEX conversation_of_session ON conversation
    (session_id, project_id, ifnull(branch_id, 0), ifnull(version_id, 0), ifnull(agent_id, 0), sidechain,
     ifnull(entrypoint_id, 0), ifnull(team_id, 0), ifnull(teammate_id, 0));

-- The session that lines of a fork say to be copied from.
ALTER TABLE session ADD COLUMN forked_from TEXT;

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

-- Claude Code's own totals of a session, the greatest that were read. Never added to events. Costs are
-- pico-US-dollars, durations are milliseconds.
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

-- What transcripts say beside usage is read once: no file is the one that it was.
UPDATE source_file SET device = -1, inode = -1;
