SELECT at_ms, coalesce(machine_session.session_id, -claim.session_id, 0), coalesce(-project_id, 0), coalesce(-project_id, 0),
       -machine_id, sidechain, -billing_id, part, rank >> 57, input, output, cache_read, cache_write_5m, cache_write_1h,
       web_searches, 0, coalesce(-version_id, 0)
FROM machine_claim AS claim
LEFT JOIN machine_session ON machine_session.id = claim.session_id
WHERE counts AND at_ms BETWEEN ?1 AND ?2
