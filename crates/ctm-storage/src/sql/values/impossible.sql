SELECT count(*) FROM state
WHERE max(data_version, forgotten_version, personal_version) > 9007199254740992
  OR min(data_version, forgotten_version, personal_version) < 0;
SELECT count(*) FROM source_file
WHERE id NOT BETWEEN 1 AND 9007199254740992 OR min(size_bytes, offset_bytes, lines, copies, forgotten) < 0
  OR max(lines, copies, forgotten) > 9007199254740992 OR gone NOT IN (0, 1);
SELECT count(*) FROM conversation
WHERE sidechain NOT IN (0, 1);
SELECT count(*) FROM event
WHERE id NOT BETWEEN 1 AND 9007199254740992
  OR part < 0 OR min(input, output, cache_read, cache_write_5m, cache_write_1h, web_searches,
                  origin_offset_bytes, winner_offset_bytes) < 0
  OR max(input, output, cache_read, cache_write_5m, cache_write_1h, web_searches) > 9007199254740992
  OR ttl_assumed NOT IN (0, 1) OR final NOT IN (0, 1)
  OR winner_sidechain NOT IN (0, 1) OR winner_in_own_file NOT IN (0, 1) OR winner_embedded NOT IN (0, 1)
  OR thinking_tokens NOT BETWEEN 0 AND 9007199254740992
  OR cache_missed_tokens NOT BETWEEN 0 AND 9007199254740992
  OR witness_output NOT BETWEEN 0 AND output;
SELECT count(*) FROM session
WHERE start_in_own_file NOT IN (0, 1);
SELECT count(*) FROM forgetting
WHERE id NOT BETWEEN 1 AND 9007199254740992 OR min(responses, tokens) < 0;
SELECT count(*) FROM machine
WHERE id NOT BETWEEN 1 AND 9007199254740992 OR length(uid) <> 32 OR uid GLOB '*[^0-9a-f]*';
SELECT count(*) FROM forgetting_name
WHERE kind NOT IN ('home', 'project', 'session');
