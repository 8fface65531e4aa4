PRAGMA user_version=13;
PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE sessions (
    id          TEXT PRIMARY KEY,
    project     TEXT NOT NULL,
    machine     TEXT NOT NULL DEFAULT 'local',
    agent       TEXT NOT NULL DEFAULT 'claude',
    agent_label TEXT NOT NULL DEFAULT '',
    entrypoint  TEXT NOT NULL DEFAULT '',
    session_kind TEXT NOT NULL DEFAULT '',
    first_message TEXT,
    display_name TEXT,
    session_name TEXT,
    started_at  TEXT,
    ended_at    TEXT,
    message_count INTEGER NOT NULL DEFAULT 0,
    user_message_count INTEGER NOT NULL DEFAULT 0,
    file_path   TEXT,
    file_size   INTEGER,
    file_mtime  INTEGER,
    next_ordinal INTEGER NOT NULL DEFAULT 0,
    last_entry_uuid TEXT,
    -- SQLite-only sync bookkeeping: whether the Claude full parser fell
    -- back to linear processing for this file (NULL = unknown/legacy or
    -- non-Claude). Read by the incremental parser to skip fork
    -- detection on linear-bound transcripts. Like next_ordinal and
    -- last_entry_uuid, this is machine-local parse state deliberately
    -- not mirrored to PostgreSQL or DuckDB: parsers never run against
    -- those read-side stores, and any copy that drops it degrades to
    -- the conservative NULL verdict (full parse re-derives it).
    claude_linear_parse INTEGER,
    file_inode  INTEGER,
    file_device INTEGER,
    file_hash   TEXT,
    local_modified_at TEXT,
    transcript_revision TEXT NOT NULL DEFAULT '0',
    parent_session_id TEXT,
    parser_parent_session_id TEXT,
    parser_relationship_type TEXT,
    relationship_type TEXT NOT NULL DEFAULT '',
    total_output_tokens INTEGER NOT NULL DEFAULT 0,
    peak_context_tokens INTEGER NOT NULL DEFAULT 0,
    has_total_output_tokens INTEGER NOT NULL DEFAULT 0,
    has_peak_context_tokens INTEGER NOT NULL DEFAULT 0,
    is_automated INTEGER NOT NULL DEFAULT 0,
    tool_failure_signal_count INTEGER NOT NULL DEFAULT 0,
    tool_retry_count INTEGER NOT NULL DEFAULT 0,
    edit_churn_count INTEGER NOT NULL DEFAULT 0,
    consecutive_failure_max INTEGER NOT NULL DEFAULT 0,
    outcome TEXT NOT NULL DEFAULT 'unknown',
    outcome_confidence TEXT NOT NULL DEFAULT 'low',
    ended_with_role TEXT NOT NULL DEFAULT '',
    final_failure_streak INTEGER NOT NULL DEFAULT 0,
    signals_pending_since TEXT,
    compaction_count INTEGER NOT NULL DEFAULT 0,
    mid_task_compaction_count INTEGER NOT NULL DEFAULT 0,
    context_pressure_max REAL,
    health_score INTEGER,
    health_grade TEXT,
    has_tool_calls INTEGER NOT NULL DEFAULT 0,
    has_context_data INTEGER NOT NULL DEFAULT 0,
    quality_signal_version INTEGER NOT NULL DEFAULT 0,
    short_prompt_count INTEGER NOT NULL DEFAULT 0,
    unstructured_start INTEGER NOT NULL DEFAULT 0,
    missing_success_criteria_count INTEGER NOT NULL DEFAULT 0,
    missing_verification_count INTEGER NOT NULL DEFAULT 0,
    duplicate_prompt_count INTEGER NOT NULL DEFAULT 0,
    no_code_context_count INTEGER NOT NULL DEFAULT 0,
    runaway_tool_loop_count INTEGER NOT NULL DEFAULT 0,
    data_version INTEGER NOT NULL DEFAULT 0,
    cwd TEXT NOT NULL DEFAULT '',
    git_branch TEXT NOT NULL DEFAULT '',
    -- JSON array of parser-derived pull request links; '' when none.
    pr_links TEXT NOT NULL DEFAULT '',
    source_session_id TEXT NOT NULL DEFAULT '',
    source_version TEXT NOT NULL DEFAULT '',
    group_key TEXT NOT NULL DEFAULT '',
    transcript_fidelity TEXT NOT NULL DEFAULT '',
    parser_malformed_lines INTEGER NOT NULL DEFAULT 0,
    is_truncated INTEGER NOT NULL DEFAULT 0,
    -- SQLite-only sync bookkeeping (like next_ordinal): TRUE when the
    -- last write to this row went through the incremental-append path
    -- rather than a full re-normalization. Consumed only by parse-diff
    -- to suppress benign incremental-vs-full skew; deliberately not
    -- mirrored to PG/DuckDB.
    last_write_incremental INTEGER NOT NULL DEFAULT 0,
    deleted_at  TEXT,
    -- Before revert pages had separate IDs, trash covered the whole thread.
    -- A restore ends that inherited scope; later trash actions are per-file.
    trash_includes_codex_pages INTEGER NOT NULL DEFAULT 0,
    -- Retained for compatibility with older archives and mirrors. New source
    -- availability state is stored independently in source_missing_at.
    deletion_cause TEXT,
    -- SQLite-only sync state. A missing source must not hide or trash the
    -- archived session; it only prevents freshness checks from skipping a
    -- reparse when that source returns.
    source_missing_at TEXT,
    created_at  TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')),
    termination_status TEXT,
    secret_leak_count INTEGER NOT NULL DEFAULT 0,
    secrets_rules_version TEXT NOT NULL DEFAULT '',
    friction_count INTEGER NOT NULL DEFAULT 0,
    friction_rules_version TEXT NOT NULL DEFAULT '',
    friction_hash TEXT NOT NULL DEFAULT '',
    sync_marker TEXT
);
INSERT INTO sessions VALUES('11111111-1111-4111-8111-111111111111','shop','c8f6db16a1950d436c9ccc5ac1889e0f','claude','','','','words',NULL,NULL,'2026-03-07T18:44:50Z','2026-03-08T04:30:01Z',4,2,'/home/u/.claude/projects/-home-u-shop/11111111-1111-4111-8111-111111111111.jsonl',4186,1796084391801191211,6,'00000000-0000-4000-8000-000000000008',1,10043463,65024,'b7dc92f9d29d7a408221ac930ce4296275c74bd10859538d662b48a777b76220','2026-12-01T00:22:54.354Z','1',NULL,NULL,'','',2400,15050,1,1,0,1,0,0,1,'completed','medium','assistant',0,NULL,0,0,NULL,97,'A',1,1,6,2,0,0,0,0,0,0,143,'/home/u/shop','main','','11111111-1111-4111-8111-111111111111','2.1.200','','',0,0,0,NULL,0,NULL,NULL,'2026-12-01T00:22:54.346Z','tool_call_pending',0,'e4715ff25317b20625ffe3e81eac4181eb48ac9361eb007753966863e900bb14',0,'','','2026-12-01T00:22:54.354Z');
INSERT INTO sessions VALUES('agent-a1b2c3d','shop','c8f6db16a1950d436c9ccc5ac1889e0f','claude','','','','words',NULL,NULL,'2026-03-08T04:30:30Z','2026-03-08T04:31:00Z',2,1,'/home/u/.claude/projects/-home-u-shop/11111111-1111-4111-8111-111111111111/subagents/agent-a1b2c3d.jsonl',1021,1796084391801245173,2,'00000000-0000-4000-8000-000000000010',1,10043466,65024,'0593b3fb3269a895bee869ffde06248d15697547fb0cc71bd141d6b6f3fb4605','2026-12-01T00:22:54.359Z','1','11111111-1111-4111-8111-111111111111','11111111-1111-4111-8111-111111111111','subagent','subagent',300,3000,1,1,0,0,0,0,0,'completed','medium','assistant',0,NULL,0,0,0.014999999999999999444,100,'A',0,1,6,1,0,0,0,0,0,0,143,'/home/u/shop','main','','11111111-1111-4111-8111-111111111111','2.1.200','','',0,0,0,NULL,0,NULL,NULL,'2026-12-01T00:22:54.356Z','awaiting_user',0,'e4715ff25317b20625ffe3e81eac4181eb48ac9361eb007753966863e900bb14',0,'','','2026-12-01T00:22:54.359Z');
INSERT INTO sessions VALUES('22222222-2222-4222-8222-222222222222','shop','c8f6db16a1950d436c9ccc5ac1889e0f','claude','','','','words',NULL,NULL,'2026-03-07T18:44:50Z','2026-03-09T04:15:00Z',4,2,'/home/u/.claude/projects/-home-u-shop/22222222-2222-4222-8222-222222222222.jsonl',3720,1796084391801278092,5,'00000000-0000-4000-8000-000000000012',1,10043468,65024,'cc4c4faa9a669330ece0093c4c03e36aeb7c509a4a897f2ec3c22ce6bd62439e','2026-12-01T00:22:54.363Z','1',NULL,NULL,'','',2500,20010,1,1,0,0,0,0,0,'completed','medium','assistant',0,NULL,0,0,NULL,100,'A',1,1,6,2,0,0,0,0,0,0,143,'/home/u/shop','main','','22222222-2222-4222-8222-222222222222','2.1.200','','',0,0,0,NULL,0,NULL,NULL,'2026-12-01T00:22:54.360Z','awaiting_user',0,'e4715ff25317b20625ffe3e81eac4181eb48ac9361eb007753966863e900bb14',0,'','','2026-12-01T00:22:54.363Z');
INSERT INTO sessions VALUES('33333333-3333-4333-8333-333333333333','notes','c8f6db16a1950d436c9ccc5ac1889e0f','claude','','','','words',NULL,NULL,'2026-03-09T11:59:50Z','2026-03-11T09:00:00Z',3,1,'/home/u/.claude/projects/-home-u-notes/33333333-3333-4333-8333-333333333333.jsonl',1435,1796084391801161071,3,'00000000-0000-4000-8000-000000000015',1,10043461,65024,'32851d77b1bfd0d37d1989bf6a9cd61be6838a6c75ac3160efee507f87365454','2026-12-01T00:22:54.395Z','1',NULL,NULL,'','',83,700,1,1,0,0,0,0,0,'completed','medium','assistant',0,NULL,1,0,NULL,100,'A',0,1,6,1,0,0,0,0,0,0,143,'/home/u/notes','main','','33333333-3333-4333-8333-333333333333','2.1.200','','',0,0,0,NULL,0,NULL,NULL,'2026-12-01T00:22:54.364Z','clean',0,'e4715ff25317b20625ffe3e81eac4181eb48ac9361eb007753966863e900bb14',0,'','','2026-12-01T00:22:54.395Z');
COMMIT;
PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE messages (
    id             INTEGER PRIMARY KEY,
    session_id     TEXT NOT NULL REFERENCES sessions(id) ON DELETE CASCADE,
    ordinal        INTEGER NOT NULL,
    role           TEXT NOT NULL,
    content        TEXT NOT NULL,
    thinking_text  TEXT NOT NULL DEFAULT '',
    dialogue_text  TEXT,
    timestamp      TEXT,
    has_thinking   INTEGER NOT NULL DEFAULT 0,
    has_tool_use   INTEGER NOT NULL DEFAULT 0,
    content_length INTEGER NOT NULL DEFAULT 0,
    is_system      INTEGER NOT NULL DEFAULT 0,
    model TEXT NOT NULL DEFAULT '',
    reasoning_effort TEXT NOT NULL DEFAULT '',
    token_usage TEXT NOT NULL DEFAULT '',
    context_tokens INTEGER NOT NULL DEFAULT 0,
    output_tokens INTEGER NOT NULL DEFAULT 0,
    provider_id TEXT NOT NULL DEFAULT '',
    has_context_tokens INTEGER NOT NULL DEFAULT 0,
    has_output_tokens INTEGER NOT NULL DEFAULT 0,
    claude_message_id TEXT NOT NULL DEFAULT '',
    claude_request_id TEXT NOT NULL DEFAULT '',
    source_type TEXT NOT NULL DEFAULT '',
    source_subtype TEXT NOT NULL DEFAULT '',
    prompt_source TEXT NOT NULL DEFAULT '',
    source_uuid TEXT NOT NULL DEFAULT '',
    source_parent_uuid TEXT NOT NULL DEFAULT '',
    is_sidechain INTEGER NOT NULL DEFAULT 0,
    is_compact_boundary INTEGER NOT NULL DEFAULT 0,
    UNIQUE(session_id, ordinal)
);
INSERT INTO messages VALUES(1,'11111111-1111-4111-8111-111111111111',0,'user','words','',NULL,'2026-03-07T18:44:50Z',0,0,5,0,'','','',0,0,'',0,0,'','','user','','','00000000-0000-4000-8000-000000000001','',0,0);
INSERT INTO messages VALUES(2,'11111111-1111-4111-8111-111111111111',1,'assistant',replace('[Thinking]\nwords\n[/Thinking]\nwords\n[Read: ]','\n',char(10)),'words','words','2026-03-07T18:45:02Z',1,1,43,0,'claude-opus-4-5-20251101','','{"input_tokens":100,"output_tokens":2000,"cache_read_input_tokens":10000,"cache_creation_input_tokens":4000,"cache_creation":{"ephemeral_5m_input_tokens":4000,"ephemeral_1h_input_tokens":0},"service_tier":"standard"}',14100,2000,'',1,1,'msg_everyday0000000000001','req_1','assistant','','','00000000-0000-4000-8000-000000000004','',0,0);
INSERT INTO messages VALUES(3,'11111111-1111-4111-8111-111111111111',3,'user','words','',NULL,'2026-03-08T04:29:50Z',0,0,5,0,'','','',0,0,'',0,0,'','','user','','','00000000-0000-4000-8000-000000000006','',0,0);
INSERT INTO messages VALUES(4,'11111111-1111-4111-8111-111111111111',4,'assistant',replace('[Bash]\n$ \n[Task]','\n',char(10)),'','','2026-03-08T04:30:00Z',0,1,16,0,'claude-opus-4-5-20251101','','{"input_tokens":50,"output_tokens":400,"cache_read_input_tokens":14000,"cache_creation_input_tokens":1000,"cache_creation":{"ephemeral_5m_input_tokens":0,"ephemeral_1h_input_tokens":1000},"service_tier":"standard"}',15050,400,'',1,1,'msg_everyday0000000000002','req_2','assistant','','','00000000-0000-4000-8000-000000000007','',0,0);
INSERT INTO messages VALUES(5,'agent-a1b2c3d',0,'user','words','',NULL,'2026-03-08T04:30:30Z',0,0,5,0,'','','',0,0,'',0,0,'','','user','','','00000000-0000-4000-8000-000000000009','',1,0);
INSERT INTO messages VALUES(6,'agent-a1b2c3d',1,'assistant','words','',NULL,'2026-03-08T04:31:00Z',0,0,5,0,'claude-haiku-4-5-20251001','','{"input_tokens":1000,"output_tokens":300,"cache_read_input_tokens":0,"cache_creation_input_tokens":2000,"cache_creation":{"ephemeral_5m_input_tokens":2000,"ephemeral_1h_input_tokens":0},"service_tier":"standard"}',3000,300,'',1,1,'msg_everyday0000000000003','req_3','assistant','','','00000000-0000-4000-8000-000000000010','',1,0);
INSERT INTO messages VALUES(7,'22222222-2222-4222-8222-222222222222',0,'user','words','',NULL,'2026-03-07T18:44:50Z',0,0,5,0,'','','',0,0,'',0,0,'','','user','','','00000000-0000-4000-8000-000000000001','',0,0);
INSERT INTO messages VALUES(8,'22222222-2222-4222-8222-222222222222',1,'assistant',replace('[Thinking]\nwords\n[/Thinking]\nwords\n[Read: ]','\n',char(10)),'words','words','2026-03-07T18:45:02Z',1,1,43,0,'claude-opus-4-5-20251101','','{"input_tokens":100,"output_tokens":2000,"cache_read_input_tokens":10000,"cache_creation_input_tokens":4000,"cache_creation":{"ephemeral_5m_input_tokens":4000,"ephemeral_1h_input_tokens":0},"service_tier":"standard"}',14100,2000,'',1,1,'msg_everyday0000000000001','req_1','assistant','','','00000000-0000-4000-8000-000000000004','',0,0);
INSERT INTO messages VALUES(9,'22222222-2222-4222-8222-222222222222',3,'user','words','',NULL,'2026-03-09T04:14:50Z',0,0,5,0,'','','',0,0,'',0,0,'','','user','','','00000000-0000-4000-8000-000000000011','',0,0);
INSERT INTO messages VALUES(10,'22222222-2222-4222-8222-222222222222',4,'assistant','words','',NULL,'2026-03-09T04:15:00Z',0,0,5,0,'claude-sonnet-4-5-20250929','','{"input_tokens":10,"output_tokens":500,"cache_read_input_tokens":20000,"cache_creation_input_tokens":0,"cache_creation":{"ephemeral_5m_input_tokens":0,"ephemeral_1h_input_tokens":0},"service_tier":"standard"}',20010,500,'',1,1,'msg_everyday0000000000004','req_4','assistant','','','00000000-0000-4000-8000-000000000012','',0,0);
INSERT INTO messages VALUES(11,'33333333-3333-4333-8333-333333333333',0,'user','words','',NULL,'2026-03-09T11:59:50Z',0,0,5,0,'','','',0,0,'',0,0,'','','user','','','00000000-0000-4000-8000-000000000013','',0,0);
INSERT INTO messages VALUES(12,'33333333-3333-4333-8333-333333333333',1,'assistant','words','',NULL,'2026-03-09T12:00:00Z',0,0,5,0,'house-model-1','','{"input_tokens":700,"output_tokens":80}',700,80,'',1,1,'chatcmpl-5','','assistant','','','00000000-0000-4000-8000-000000000014','',0,0);
INSERT INTO messages VALUES(13,'33333333-3333-4333-8333-333333333333',2,'assistant','words','',NULL,'2026-03-11T09:00:00Z',0,0,5,0,'claude-sonnet-4-5-20250929','','{"input_tokens":5,"output_tokens":3,"cache_read_input_tokens":0,"cache_creation_input_tokens":0,"cache_creation":{"ephemeral_5m_input_tokens":0,"ephemeral_1h_input_tokens":0},"service_tier":"standard"}',5,3,'',1,1,'msg_everyday0000000000006','req_6','assistant','','','00000000-0000-4000-8000-000000000015','',0,0);
COMMIT;
