PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE messages (
  uuid                    TEXT PRIMARY KEY,
  parent_uuid             TEXT,
  session_id              TEXT NOT NULL,
  project_slug            TEXT NOT NULL,
  cwd                     TEXT,
  git_branch              TEXT,
  cc_version              TEXT,
  entrypoint              TEXT,
  type                    TEXT NOT NULL,
  is_sidechain            INTEGER NOT NULL DEFAULT 0,
  agent_id                TEXT,
  timestamp               TEXT NOT NULL,
  model                   TEXT,
  stop_reason             TEXT,
  prompt_id               TEXT,
  message_id              TEXT,
  input_tokens            INTEGER NOT NULL DEFAULT 0,
  output_tokens           INTEGER NOT NULL DEFAULT 0,
  cache_read_tokens       INTEGER NOT NULL DEFAULT 0,
  cache_create_5m_tokens  INTEGER NOT NULL DEFAULT 0,
  cache_create_1h_tokens  INTEGER NOT NULL DEFAULT 0,
  prompt_text             TEXT,
  prompt_chars            INTEGER,
  tool_calls_json         TEXT,
  provider                TEXT    NOT NULL DEFAULT 'claude'
);
INSERT INTO messages VALUES('00000000-0000-4000-8000-000000000013',NULL,'33333333-3333-4333-8333-333333333333','-home-u-notes','/home/u/notes','main','2.1.200',NULL,'user',0,NULL,'2026-03-09T11:59:50.000Z',NULL,NULL,NULL,NULL,0,0,0,0,0,'words',5,NULL,'claude');
INSERT INTO messages VALUES('00000000-0000-4000-8000-000000000014',NULL,'33333333-3333-4333-8333-333333333333','-home-u-notes','/home/u/notes','main','2.1.200',NULL,'assistant',0,NULL,'2026-03-09T12:00:00.000Z','house-model-1','end_turn',NULL,'chatcmpl-5',700,80,0,0,0,NULL,NULL,NULL,'claude');
INSERT INTO messages VALUES('00000000-0000-4000-8000-000000000015',NULL,'33333333-3333-4333-8333-333333333333','-home-u-notes','/home/u/notes','main','2.1.200',NULL,'assistant',0,NULL,'2026-03-11T09:00:00.000Z','claude-sonnet-4-5-20250929',NULL,NULL,'msg_everyday0000000000006',5,3,0,0,0,NULL,NULL,NULL,'claude');
INSERT INTO messages VALUES('00000000-0000-4000-8000-000000000006',NULL,'11111111-1111-4111-8111-111111111111','-home-u-shop','/home/u/shop','main','2.1.200',NULL,'user',0,NULL,'2026-03-08T04:29:50.000Z',NULL,NULL,NULL,NULL,0,0,0,0,0,'words',5,NULL,'claude');
INSERT INTO messages VALUES('00000000-0000-4000-8000-000000000007',NULL,'11111111-1111-4111-8111-111111111111','-home-u-shop','/home/u/shop','main','2.1.200',NULL,'assistant',0,NULL,'2026-03-08T04:30:00.000Z','claude-opus-4-5-20251101','tool_use',NULL,'msg_everyday0000000000002',50,400,14000,0,1000,NULL,NULL,'[{"name":"Bash","target":null},{"name":"Task","target":null}]','claude');
INSERT INTO messages VALUES('00000000-0000-4000-8000-000000000008',NULL,'11111111-1111-4111-8111-111111111111','-home-u-shop','/home/u/shop','main','2.1.200',NULL,'user',0,NULL,'2026-03-08T04:30:01.000Z',NULL,NULL,NULL,NULL,0,0,0,0,0,NULL,NULL,'[]','claude');
INSERT INTO messages VALUES('00000000-0000-4000-8000-000000000009',NULL,'11111111-1111-4111-8111-111111111111','-home-u-shop','/home/u/shop','main','2.1.200',NULL,'user',1,'a1b2c3d','2026-03-08T04:30:30.000Z',NULL,NULL,NULL,NULL,0,0,0,0,0,'words',5,NULL,'claude');
INSERT INTO messages VALUES('00000000-0000-4000-8000-000000000010',NULL,'11111111-1111-4111-8111-111111111111','-home-u-shop','/home/u/shop','main','2.1.200',NULL,'assistant',1,'a1b2c3d','2026-03-08T04:31:00.000Z','claude-haiku-4-5-20251001','end_turn',NULL,'msg_everyday0000000000003',1000,300,0,2000,0,NULL,NULL,NULL,'claude');
INSERT INTO messages VALUES('00000000-0000-4000-8000-000000000001',NULL,'22222222-2222-4222-8222-222222222222','-home-u-shop','/home/u/shop','main','2.1.200',NULL,'user',0,NULL,'2026-03-07T18:44:50.000Z',NULL,NULL,NULL,NULL,0,0,0,0,0,'words',5,NULL,'claude');
INSERT INTO messages VALUES('00000000-0000-4000-8000-000000000004',NULL,'22222222-2222-4222-8222-222222222222','-home-u-shop','/home/u/shop','main','2.1.200',NULL,'assistant',0,NULL,'2026-03-07T18:45:02.000Z','claude-opus-4-5-20251101','tool_use',NULL,'msg_everyday0000000000001',100,2000,10000,4000,0,NULL,NULL,'[{"name":"Read","target":null}]','claude');
INSERT INTO messages VALUES('00000000-0000-4000-8000-000000000005',NULL,'22222222-2222-4222-8222-222222222222','-home-u-shop','/home/u/shop','main','2.1.200',NULL,'user',0,NULL,'2026-03-07T18:45:03.000Z',NULL,NULL,NULL,NULL,0,0,0,0,0,NULL,NULL,'[]','claude');
INSERT INTO messages VALUES('00000000-0000-4000-8000-000000000011',NULL,'22222222-2222-4222-8222-222222222222','-home-u-shop','/home/u/shop','main','2.1.200',NULL,'user',0,NULL,'2026-03-09T04:14:50.000Z',NULL,NULL,NULL,NULL,0,0,0,0,0,'words',5,NULL,'claude');
INSERT INTO messages VALUES('00000000-0000-4000-8000-000000000012',NULL,'22222222-2222-4222-8222-222222222222','-home-u-shop','/home/u/shop','main','2.1.200',NULL,'assistant',0,NULL,'2026-03-09T04:15:00.000Z','claude-sonnet-4-5-20250929','end_turn',NULL,'msg_everyday0000000000004',10,500,20000,0,0,NULL,NULL,NULL,'claude');
COMMIT;
