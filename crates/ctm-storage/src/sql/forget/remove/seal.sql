UPDATE source_file
SET path = ?2, cwd = NULL, agent_id = NULL,
    head_hash = CASE WHEN cwd IS NULL THEN head_hash ELSE ~head_hash END
WHERE id = ?1
