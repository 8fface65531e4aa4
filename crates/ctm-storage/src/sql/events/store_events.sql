INSERT OR ROLLBACK INTO event (id, key, key_hash, part, at_ms, conversation_id, origin_file_id, origin_offset_bytes,
    billing_id, input, output, cache_read, cache_write_5m, cache_write_1h, web_searches, ttl_assumed,
    final, winner_file_id, winner_offset_bytes, winner_after_ms, winner_more_output, winner_sidechain,
    winner_in_own_file, winner_embedded, circumstance_id, thinking_tokens, cache_missed_tokens,
    request, request_at_ms)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (id) DO UPDATE SET
    at_ms = excluded.at_ms, conversation_id = excluded.conversation_id,
    origin_file_id = excluded.origin_file_id, origin_offset_bytes = excluded.origin_offset_bytes,
    billing_id = excluded.billing_id, input = excluded.input, output = excluded.output,
    cache_read = excluded.cache_read, cache_write_5m = excluded.cache_write_5m,
    cache_write_1h = excluded.cache_write_1h, web_searches = excluded.web_searches,
    ttl_assumed = excluded.ttl_assumed, final = excluded.final,
    winner_file_id = excluded.winner_file_id, winner_offset_bytes = excluded.winner_offset_bytes,
    winner_after_ms = excluded.winner_after_ms,
    winner_more_output = excluded.winner_more_output,
    winner_sidechain = excluded.winner_sidechain, winner_in_own_file = excluded.winner_in_own_file,
    winner_embedded = excluded.winner_embedded, circumstance_id = excluded.circumstance_id,
    thinking_tokens = excluded.thinking_tokens, cache_missed_tokens = excluded.cache_missed_tokens,
    -- Telemetry is joined after the transcripts.
    request = excluded.request, request_at_ms = excluded.request_at_ms, witness_output = NULL, logged_billing_id = NULL
