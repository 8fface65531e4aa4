CREATE TEMP TABLE left_out (id INTEGER PRIMARY KEY);
INSERT OR IGNORE INTO left_out SELECT key_hash FROM chosen CROSS JOIN event ON event.id = event_id;
INSERT OR IGNORE INTO left_out SELECT id FROM removed_prompt;
INSERT OR IGNORE INTO left_out SELECT id FROM removed_record;
DELETE FROM superseded WHERE event_id IN removed;
DELETE FROM superseded
WHERE file_id IN chosen_file AND event_id IN (SELECT event_id FROM chosen WHERE is_shared);
DELETE FROM claim WHERE event_id IN removed;
DELETE FROM claim
WHERE file_id IN chosen_file AND event_id IN (SELECT event_id FROM chosen WHERE is_shared);
-- A call may be one of another response too.
CREATE TEMP TABLE removed_call (id INTEGER PRIMARY KEY);
INSERT OR IGNORE INTO removed_call SELECT id FROM tool_call WHERE event_id IN removed;
DELETE FROM tool_call WHERE event_id IN removed;
INSERT OR IGNORE INTO left_out
SELECT id FROM tool_error WHERE id IN removed_call AND id NOT IN (SELECT id FROM tool_call);
DELETE FROM tool_error WHERE id IN left_out;
DELETE FROM call_searches WHERE id IN removed_call AND id NOT IN (SELECT id FROM tool_call);
CREATE TEMP TABLE removed_request (id INTEGER PRIMARY KEY);
INSERT OR IGNORE INTO removed_request SELECT request FROM refused WHERE event_id IN removed;
DELETE FROM refused WHERE event_id IN removed;
DELETE FROM refusal WHERE request IN removed_request AND request NOT IN (SELECT request FROM refused);
INSERT OR IGNORE INTO left_out SELECT request FROM removed_witness;
DELETE FROM witness WHERE request IN removed_witness;
DELETE FROM event WHERE id IN removed;
DELETE FROM prompt_claim WHERE prompt_id IN removed_prompt;
DELETE FROM prompt WHERE id IN removed_prompt;
DELETE FROM session_record WHERE id IN removed_record;
DELETE FROM session_name WHERE session_id IN emptied_session AND file_id IN chosen_file;
DELETE FROM cost_state_model WHERE session_id IN (SELECT session_id FROM cost_state
    WHERE session_id IN emptied_session AND file_id IN chosen_file);
DELETE FROM cost_state WHERE session_id IN emptied_session AND file_id IN chosen_file;
