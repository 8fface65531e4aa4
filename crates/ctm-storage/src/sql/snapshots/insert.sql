INSERT INTO snapshot (taken_at_ms, price_version, cost, cache_saving, data_version, input, output, cache_read,
                      cache_write_5m, cache_write_1h, web_searches, responses, sessions, unfinalised,
                      unpriced_tokens)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
