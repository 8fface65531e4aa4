SELECT at_ms, coalesce(session_id, 0), coalesce(project_id, 0), coalesce(project_id, 0), machine_id, sidechain, billing_id, part,
       rank >> 57, input, output, cache_read, cache_write_5m, cache_write_1h, web_searches, 0
FROM usage_day
CROSS JOIN machine_claim ON counts AND at_ms BETWEEN day * 86400000 AND day * 86400000 + 86399999
WHERE day BETWEEN ?1 AND ?2 AND (usage IS NULL OR NOT ?3)
ORDER BY day
