INSERT INTO witness (request, at_ms, billing_id, input, output, cache_read, cache_creation, cost_micros, contested,
    session_id, query_source_id, version_id, circumstance_id)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (request) DO UPDATE SET
    at_ms = excluded.at_ms, billing_id = excluded.billing_id, input = excluded.input, output = excluded.output,
    cache_read = excluded.cache_read, cache_creation = excluded.cache_creation, cost_micros = excluded.cost_micros,
    contested = excluded.contested, session_id = excluded.session_id, query_source_id = excluded.query_source_id,
    version_id = excluded.version_id, circumstance_id = excluded.circumstance_id
