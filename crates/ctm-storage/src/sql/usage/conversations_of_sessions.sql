SELECT conversation.id FROM json_each(?1) AS wanted
CROSS JOIN conversation ON session_id = wanted.value
LEFT JOIN session ON session.id = session_id
WHERE (?2 IS NULL OR coalesce(start_project_id, project_id) IN (SELECT value FROM json_each(?2)))
  AND (?3 IS NULL OR sidechain = ?3)
  AND (?4 IS NULL OR project_id IN (SELECT value FROM json_each(?4)))
