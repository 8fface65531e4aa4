INSERT OR IGNORE INTO superseded (event_id, file_id, offset_bytes, at_ms, final, sidechain, input,
    output, cache_read, cache_write_5m, cache_write_1h, in_own_file, more_output, embedded)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
