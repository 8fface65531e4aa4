INSERT INTO limit_sample (last_at_ms, session, window_hours, home, used_percentage, resets_at_ms, name,
                          first_at_ms)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
