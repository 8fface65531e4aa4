INSERT INTO cache_sample (home, session, title, model, expires_at_ms, of_an_hour, recache_tokens, requests, misses,
                          expected_rebuilds, written_tokens, missed_tokens, last_miss_at_ms, last_miss, miss_causes,
                          first_at_ms, last_at_ms)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)
