-- From schema 20261125000000 to 20261127090000.

ALTER TABLE source_file ADD COLUMN recovered INTEGER NOT NULL DEFAULT 0;
ALTER TABLE source_file ADD COLUMN bad_counts INTEGER NOT NULL DEFAULT 0;
ALTER TABLE source_file ADD COLUMN iterations_below_total INTEGER NOT NULL DEFAULT 0;
UPDATE source_file SET
    recovered = (SELECT count(*) FROM line_issue WHERE file_id = source_file.id AND kind = 'recovered'),
    bad_counts = (SELECT count(*) FROM line_issue WHERE file_id = source_file.id AND kind = 'bad_count'),
    iterations_below_total =
        (SELECT count(*) FROM line_issue WHERE file_id = source_file.id AND kind = 'iterations_below_total')
WHERE id IN (SELECT file_id FROM line_issue);
DELETE FROM line_issue WHERE (file_id, offset_bytes, kind) IN (
    SELECT file_id, offset_bytes, kind
    FROM (SELECT file_id, offset_bytes, kind,
                 row_number() OVER (PARTITION BY file_id ORDER BY offset_bytes, kind) AS number
          FROM line_issue)
    WHERE number > 100
);

PRAGMA application_id = 1668574564;

CREATE TABLE forgetting (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at_ms INTEGER NOT NULL,
    from_ms INTEGER,
    until_ms INTEGER,
    responses INTEGER NOT NULL,
    tokens INTEGER NOT NULL
) STRICT;
CREATE TABLE forgetting_name (
    forgetting_id INTEGER NOT NULL REFERENCES forgetting (id) DEFERRABLE INITIALLY DEFERRED,
    kind TEXT NOT NULL,
    name INTEGER NOT NULL,
    PRIMARY KEY (forgetting_id, kind, name)
) STRICT, WITHOUT ROWID;
CREATE TABLE forgotten (
    id INTEGER NOT NULL,
    home INTEGER NOT NULL,
    forgetting_id INTEGER NOT NULL REFERENCES forgetting (id) DEFERRABLE INITIALLY DEFERRED,
    PRIMARY KEY (id, home)
) STRICT, WITHOUT ROWID;
ALTER TABLE source_file ADD COLUMN forgotten INTEGER NOT NULL DEFAULT 0;
ALTER TABLE state ADD COLUMN forgotten_version INTEGER NOT NULL DEFAULT 0;

ALTER TABLE event ADD COLUMN winner_embedded INTEGER NOT NULL DEFAULT 0;
ALTER TABLE superseded ADD COLUMN embedded INTEGER NOT NULL DEFAULT 0;
DROP TABLE IF EXISTS embedded_response_with_text;
DROP TABLE embedded_response;
ALTER TABLE source_file ADD COLUMN tail TEXT;
ALTER TABLE source_file ADD COLUMN zones_assumed INTEGER NOT NULL DEFAULT 0;

CREATE TABLE claim (
    event_id INTEGER NOT NULL REFERENCES event (id) DEFERRABLE INITIALLY DEFERRED,
    session_id INTEGER NOT NULL REFERENCES session (id) DEFERRABLE INITIALLY DEFERRED,
    conversation_id INTEGER NOT NULL REFERENCES conversation (id) DEFERRABLE INITIALLY DEFERRED,
    at_ms INTEGER NOT NULL,
    file_id INTEGER NOT NULL REFERENCES source_file (id) DEFERRABLE INITIALLY DEFERRED,
    offset_bytes INTEGER NOT NULL,
    PRIMARY KEY (event_id, session_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX claim_of_session ON claim (session_id);
ALTER TABLE session ADD COLUMN is_fork INTEGER NOT NULL DEFAULT 0;

ALTER TABLE session ADD COLUMN start_project_id INTEGER REFERENCES project (id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE session ADD COLUMN start_in_own_file INTEGER NOT NULL DEFAULT 0;
ALTER TABLE session ADD COLUMN start_ms INTEGER NOT NULL DEFAULT 0;
CREATE TABLE worktree (
    path TEXT PRIMARY KEY,
    repository TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE billing_with_refusal (
    id INTEGER PRIMARY KEY,
    model TEXT NOT NULL,
    speed TEXT NOT NULL,
    service_tier TEXT NOT NULL,
    inference_geo TEXT NOT NULL,
    refusal TEXT NOT NULL,
    UNIQUE (model, speed, service_tier, inference_geo, refusal)
) STRICT;
INSERT INTO billing_with_refusal SELECT id, model, speed, service_tier, inference_geo, '' FROM billing;
DROP TABLE billing;
ALTER TABLE billing_with_refusal RENAME TO billing;
CREATE TABLE refused (
    event_id INTEGER PRIMARY KEY REFERENCES event (id) DEFERRABLE INITIALLY DEFERRED,
    request INTEGER NOT NULL
) STRICT;
CREATE TABLE refusal (
    request INTEGER PRIMARY KEY,
    category TEXT NOT NULL
) STRICT;

CREATE TABLE call_searches (
    id INTEGER PRIMARY KEY,
    searches INTEGER NOT NULL
) STRICT;

ALTER TABLE limit_sample ADD COLUMN name TEXT NOT NULL DEFAULT '';
UPDATE limit_sample SET name = CASE window_hours WHEN 5 THEN 'five_hour' ELSE 'seven_day' END
WHERE window_hours IN (5, 168);

CREATE TABLE circumstance (
    id INTEGER PRIMARY KEY,
    skill TEXT NOT NULL,
    plugin TEXT NOT NULL,
    agent TEXT NOT NULL,
    mcp_server TEXT NOT NULL,
    mcp_tool TEXT NOT NULL,
    effort TEXT NOT NULL,
    refusal TEXT NOT NULL,
    cache_miss TEXT NOT NULL,
    UNIQUE (skill, plugin, agent, mcp_server, mcp_tool, effort, refusal, cache_miss)
) STRICT;
ALTER TABLE event ADD COLUMN circumstance_id INTEGER REFERENCES circumstance (id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE event ADD COLUMN thinking_tokens INTEGER;
ALTER TABLE event ADD COLUMN cache_missed_tokens INTEGER;
ALTER TABLE conversation ADD COLUMN entrypoint_id INTEGER REFERENCES term (id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE conversation ADD COLUMN team_id INTEGER REFERENCES term (id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE conversation ADD COLUMN teammate_id INTEGER REFERENCES term (id) DEFERRABLE INITIALLY DEFERRED;
DROP INDEX conversation_of_session;
CREATE UNIQUE INDEX conversation_of_session ON conversation
    (session_id, project_id, ifnull(branch_id, 0), ifnull(version_id, 0), ifnull(agent_id, 0), sidechain,
     ifnull(entrypoint_id, 0), ifnull(team_id, 0), ifnull(teammate_id, 0));
ALTER TABLE session ADD COLUMN forked_from TEXT;
CREATE TABLE session_record (
    id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    session_id INTEGER NOT NULL REFERENCES session (id) DEFERRABLE INITIALLY DEFERRED,
    at_ms INTEGER NOT NULL,
    file_id INTEGER NOT NULL REFERENCES source_file (id) DEFERRABLE INITIALLY DEFERRED,
    name_id INTEGER REFERENCES term (id) DEFERRABLE INITIALLY DEFERRED,
    duration_ms INTEGER,
    number INTEGER,
    url TEXT
) STRICT;
CREATE INDEX session_record_of_session ON session_record (session_id);
CREATE TABLE session_name (
    session_id INTEGER NOT NULL REFERENCES session (id) DEFERRABLE INITIALLY DEFERRED,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    in_own_file INTEGER NOT NULL,
    file_id INTEGER NOT NULL REFERENCES source_file (id) DEFERRABLE INITIALLY DEFERRED,
    offset_bytes INTEGER NOT NULL,
    PRIMARY KEY (session_id, kind)
) STRICT, WITHOUT ROWID;
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
    thinking INTEGER NOT NULL,
    cache_read INTEGER NOT NULL,
    cache_write INTEGER NOT NULL,
    web_searches INTEGER NOT NULL,
    PRIMARY KEY (session_id, model)
) STRICT, WITHOUT ROWID;

CREATE TABLE fork (
    session INTEGER NOT NULL,
    original INTEGER NOT NULL,
    PRIMARY KEY (session, original)
) STRICT, WITHOUT ROWID;
ALTER TABLE session DROP COLUMN is_fork;
CREATE TABLE prompt_claim (
    prompt_id INTEGER NOT NULL REFERENCES prompt (id) DEFERRABLE INITIALLY DEFERRED,
    session_id INTEGER NOT NULL REFERENCES session (id) DEFERRABLE INITIALLY DEFERRED,
    at_ms INTEGER NOT NULL,
    file_id INTEGER NOT NULL REFERENCES source_file (id) DEFERRABLE INITIALLY DEFERRED,
    PRIMARY KEY (prompt_id, session_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX prompt_claim_of_session ON prompt_claim (session_id);

-- Every transcript that is still there is read again, once: what earlier versions left out of it may count now.
UPDATE source_file SET device = -1, inode = -1;
