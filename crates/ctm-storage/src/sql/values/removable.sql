DELETE FROM skipped_line
WHERE lines NOT BETWEEN 0 AND 9007199254740992;
DELETE FROM line_issue
WHERE offset_bytes < 0;
DELETE FROM superseded
WHERE min(input, output, cache_read, cache_write_5m, cache_write_1h, offset_bytes) < 0
  OR max(input, output, cache_read, cache_write_5m, cache_write_1h) > 9007199254740992
  OR final NOT IN (0, 1) OR sidechain NOT IN (0, 1) OR in_own_file NOT IN (0, 1)
  OR embedded NOT IN (0, 1);
DELETE FROM claim
WHERE offset_bytes < 0;
DELETE FROM session_record
WHERE kind NOT IN ('turn', 'hook', 'pull_request') OR duration_ms NOT BETWEEN 0 AND 9007199254740992
  OR number NOT BETWEEN 0 AND 9007199254740992 
  OR outcome NOT IN ('passed', 'blocked', 'failed', 'timed_out', 'cancelled');
DELETE FROM session_name
WHERE kind NOT IN ('title', 'agent') OR in_own_file NOT IN (0, 1) OR offset_bytes < -1;
DELETE FROM cost_state
WHERE min(cost, api_duration_ms, tool_duration_ms, duration_ms, lines_added, lines_removed) < 0;
DELETE FROM cost_state_model
WHERE min(cost, input, output, thinking, cache_read, cache_write, web_searches) < 0;
DELETE FROM call_searches
WHERE searches NOT BETWEEN 0 AND 9007199254740992;
DELETE FROM snapshot
WHERE id NOT BETWEEN 1 AND 9007199254740992
  OR min(data_version, input, output, cache_read, cache_write_5m, cache_write_1h, web_searches,
         responses, sessions, unfinalised, unpriced_tokens) < 0;
DELETE FROM limit_sample
WHERE id NOT BETWEEN 1 AND 9007199254740992
  OR name NOT IN ('five_hour', 'seven_day', 'seven_day_opus', 'seven_day_sonnet', 'seven_day_haiku',
                  'seven_day_fable', 'seven_day_mythos', 'spend_limit')
  OR used_percentage NOT BETWEEN 0 AND 1e6;
DELETE FROM cache_sample
WHERE id NOT BETWEEN 1 AND 9007199254740992 OR session = '' OR of_an_hour NOT IN (0, 1)
  OR NOT json_valid(last_miss) OR NOT json_valid(miss_causes)
  OR min(coalesce(recache_tokens, 0), coalesce(requests, 0), coalesce(misses, 0), coalesce(expected_rebuilds, 0),
         coalesce(written_tokens, 0), coalesce(missed_tokens, 0)) < 0;
DELETE FROM witness
WHERE min(input, output, cache_read, cache_creation) < 0
  OR max(input, output, cache_read, cache_creation) > 9007199254740992
  OR cost_micros NOT BETWEEN 0 AND 9007199254740992 OR contested NOT IN (0, 1);
DELETE FROM machine_overlap
WHERE beaten NOT IN (0, 1);
DELETE FROM machine_claim
WHERE (key, machine_id) IN (
    SELECT key, machine_id FROM machine_claim
    WHERE length(key) <> 16 OR part < 0 OR rank NOT BETWEEN 0 AND 288230376151711743
      OR sidechain NOT IN (0, 1) OR counts NOT IN (0, 1)
      OR min(input, output, cache_read, cache_write_5m, cache_write_1h, web_searches) < 0
      OR max(input, output, cache_read, cache_write_5m, cache_write_1h, web_searches) > 9007199254740992);
DELETE FROM personal_record
WHERE kind = '' OR id = '' OR NOT json_valid(content);
DELETE FROM stats_cache
WHERE token_unit NOT IN ('input_output', 'all');
DELETE FROM stats_cache_activity
WHERE min(messages, sessions, tool_calls) < 0;
DELETE FROM stats_cache_tokens
WHERE tokens < 0 OR token_unit NOT IN ('input_output', 'all');
DELETE FROM stats_cache_model
WHERE min(input, output, cache_read, cache_write) < 0;
