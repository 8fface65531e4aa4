SELECT uid, level, exported_at_ms, imported_at_ms,
       name || CASE WHEN EXISTS (SELECT 1 FROM machine AS other WHERE other.name = machine.name AND other.id <> machine.id)
                    THEN ' ' || substr(uid, 1, 8) ELSE '' END AS name,
       (SELECT count(*) FROM machine_claim WHERE machine_id = machine.id AND part = 0) AS responses,
       (SELECT count(*) FROM machine_claim WHERE machine_id = machine.id AND part = 0 AND counts) AS counting
FROM machine
ORDER BY name, uid
