event.id, key, event.key_hash, at_ms, billing_id, input, output, cache_read, cache_write_5m, cache_write_1h, ttl_assumed,
web_searches + coalesce((SELECT sum(searches) FROM tool_call CROSS JOIN call_searches USING (id)
                         WHERE event_id = event.id), 0) AS web_searches,
final OR witness_output IS NOT NULL AS final, winner_more_output, winner_embedded, winner_sidechain,
winner_in_own_file, coalesce(uuid, '') AS session, coalesce(start_project_id, project_id, 0) AS project,
text AS version, coalesce(sidechain, 0) AS sidechain
