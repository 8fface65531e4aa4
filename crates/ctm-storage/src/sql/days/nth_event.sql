SELECT at_ms, event.id FROM usage_day
CROSS JOIN event ON at_ms >= max(day * 86400000, ?4) AND at_ms < day * 86400000 + 86400000
    AND (at_ms > ?4 OR event.id > ?5)
WHERE day BETWEEN ?1 AND ?2 AND (usage IS NULL OR NOT ?3)
ORDER BY day, at_ms, event.id LIMIT 1 OFFSET ?6 - 1
