UPDATE limit_sample SET last_at_ms = max(last_at_ms, ?1)
WHERE id = (SELECT id FROM limit_sample
            WHERE session = ?2 AND window_hours = ?3 AND name = ?7 AND first_at_ms <= ?1
            ORDER BY last_at_ms DESC LIMIT 1)
      AND home = ?4 AND used_percentage = ?5 AND resets_at_ms IS ?6
