-- Repairs references to nothing, and values that can be corrected.
INSERT OR IGNORE INTO state (id, data_version) VALUES (1, 0);
-- By 0, nothing would be left out.
UPDATE state SET forgotten_version = 1 WHERE forgotten_version = 0 AND EXISTS (SELECT 1 FROM forgotten);
UPDATE state SET data_version = 0 WHERE data_version NOT BETWEEN 0 AND 9007199254740992;
UPDATE state SET personal_version = 0 WHERE personal_version NOT BETWEEN 0 AND 9007199254740992;
-- Cached checkpoints are reloaded.
UPDATE state SET forgotten_version = 1 WHERE forgotten_version NOT BETWEEN 0 AND 9007199254740992;
-- What was forgotten stays forgotten, whatever is left of the decision.
UPDATE forgetting SET responses = max(responses, 0), tokens = max(tokens, 0) WHERE min(responses, tokens) < 0;
INSERT INTO forgetting (id, at_ms, responses, tokens)
SELECT forgetting_id, 0, count(*), 0 FROM forgotten
WHERE forgetting_id NOT IN (SELECT id FROM forgetting) GROUP BY forgetting_id;
DELETE FROM forgetting_name WHERE kind NOT IN ('home', 'project', 'session');
DELETE FROM forgetting_name WHERE forgetting_id NOT IN (SELECT id FROM forgetting);
UPDATE OR IGNORE conversation SET sidechain = 1 WHERE sidechain NOT IN (0, 1);
UPDATE OR IGNORE conversation SET branch_id = NULL WHERE branch_id NOT IN (SELECT id FROM term);
UPDATE OR IGNORE conversation SET version_id = NULL WHERE version_id NOT IN (SELECT id FROM term);
UPDATE OR IGNORE conversation SET agent_id = NULL WHERE agent_id NOT IN (SELECT id FROM agent);
UPDATE OR IGNORE conversation SET entrypoint_id = NULL WHERE entrypoint_id NOT IN (SELECT id FROM term);
UPDATE OR IGNORE conversation SET team_id = NULL WHERE team_id NOT IN (SELECT id FROM term);
UPDATE OR IGNORE conversation SET teammate_id = NULL WHERE teammate_id NOT IN (SELECT id FROM term);
-- No figure depends on these.
UPDATE event SET circumstance_id = NULL WHERE circumstance_id NOT IN (SELECT id FROM circumstance);
UPDATE event SET thinking_tokens = NULL WHERE thinking_tokens NOT BETWEEN 0 AND 9007199254740992;
UPDATE event SET cache_missed_tokens = NULL WHERE cache_missed_tokens NOT BETWEEN 0 AND 9007199254740992;
UPDATE event SET witness_output = NULL WHERE witness_output NOT BETWEEN 0 AND output;
UPDATE event SET logged_billing_id = NULL WHERE logged_billing_id NOT IN (SELECT id FROM billing);
UPDATE witness SET billing_id = NULL WHERE billing_id NOT IN (SELECT id FROM billing);
UPDATE witness SET event_id = NULL WHERE event_id NOT IN (SELECT id FROM event);
UPDATE witness SET session_id = NULL WHERE session_id NOT IN (SELECT id FROM session);
UPDATE witness SET query_source_id = NULL WHERE query_source_id NOT IN (SELECT id FROM term);
UPDATE witness SET version_id = NULL WHERE version_id NOT IN (SELECT id FROM term);
UPDATE witness SET circumstance_id = NULL WHERE circumstance_id NOT IN (SELECT id FROM circumstance);
UPDATE source_file SET agent_id = NULL WHERE agent_id NOT IN (SELECT id FROM agent);
DELETE FROM source_file WHERE home_id NOT IN (SELECT id FROM home);
DELETE FROM superseded WHERE event_id NOT IN (SELECT id FROM event)
                          OR file_id NOT IN (SELECT id FROM source_file);
DELETE FROM claim WHERE event_id NOT IN (SELECT id FROM event)
                     OR session_id NOT IN (SELECT id FROM session)
                     OR conversation_id NOT IN (SELECT id FROM conversation)
                     OR file_id NOT IN (SELECT id FROM source_file);
DELETE FROM refused WHERE event_id NOT IN (SELECT id FROM event);
-- What was imported is read from its file again, once it is imported anew.
DELETE FROM machine WHERE id NOT BETWEEN 1 AND 9007199254740992 OR length(uid) <> 32 OR uid GLOB '*[^0-9a-f]*';
DELETE FROM machine_session WHERE id NOT BETWEEN 1 AND 9007199254740992;
DELETE FROM machine_project WHERE id NOT BETWEEN 1 AND 9007199254740992;
DELETE FROM machine_version WHERE id NOT BETWEEN 1 AND 9007199254740992;
DELETE FROM machine_billing WHERE id NOT BETWEEN 1 AND 9007199254740992;
UPDATE machine_secret SET paired = 0
WHERE paired NOT IN (0, 1) OR EXISTS (SELECT 1 FROM machine_overlap WHERE beaten NOT IN (0, 1));
UPDATE machine_session SET session_id = NULL WHERE session_id NOT IN (SELECT id FROM session);
UPDATE machine_claim SET session_id = NULL WHERE session_id NOT IN (SELECT id FROM machine_session);
UPDATE machine_claim SET project_id = NULL WHERE project_id NOT IN (SELECT id FROM machine_project);
UPDATE machine_claim SET version_id = NULL WHERE version_id NOT IN (SELECT id FROM machine_version);
DELETE FROM machine_claim WHERE machine_id NOT IN (SELECT id FROM machine)
                             OR billing_id NOT IN (SELECT id FROM machine_billing);
UPDATE session SET start_project_id = NULL WHERE start_in_own_file NOT IN (0, 1)
                                             OR start_project_id NOT IN (SELECT id FROM project);
UPDATE session SET start_in_own_file = 0 WHERE start_in_own_file NOT IN (0, 1);
DELETE FROM tool_call WHERE event_id NOT IN (SELECT id FROM event) OR tool_id NOT IN (SELECT id FROM term);
DELETE FROM skipped_line WHERE file_id NOT IN (SELECT id FROM source_file);
DELETE FROM line_issue WHERE file_id NOT IN (SELECT id FROM source_file);
DELETE FROM prompt WHERE session_id NOT IN (SELECT id FROM session)
                      OR file_id NOT IN (SELECT id FROM source_file);
DELETE FROM session_record WHERE session_id NOT IN (SELECT id FROM session)
                              OR file_id NOT IN (SELECT id FROM source_file)
                              OR name_id NOT IN (SELECT id FROM term)
                              OR event_id NOT IN (SELECT id FROM term);
DELETE FROM session_name WHERE session_id NOT IN (SELECT id FROM session)
                            OR file_id NOT IN (SELECT id FROM source_file);
DELETE FROM cost_state WHERE session_id NOT IN (SELECT id FROM session)
                          OR file_id NOT IN (SELECT id FROM source_file);
DELETE FROM cost_state_model WHERE session_id NOT IN (SELECT session_id FROM cost_state);
DELETE FROM prompt_claim WHERE prompt_id NOT IN (SELECT id FROM prompt)
                            OR session_id NOT IN (SELECT id FROM session)
                            OR file_id NOT IN (SELECT id FROM source_file);
