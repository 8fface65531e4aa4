SELECT uid, name, level, enrolled_at_ms, token_hash IS NULL AS revoked, journal, acked, pushed_at_ms, skew_ms, agent
FROM hub_machine
WHERE NOT removed AND (?1 IS NULL OR uid = ?1)
ORDER BY name, uid
