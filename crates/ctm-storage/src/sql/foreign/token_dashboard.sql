SELECT timestamp, model, input_tokens, output_tokens, cache_read_tokens, cache_create_5m_tokens,
    cache_create_1h_tokens
FROM messages ORDER BY timestamp
