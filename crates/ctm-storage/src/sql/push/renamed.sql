SELECT DISTINCT key_hash FROM event
JOIN conversation ON conversation.id = conversation_id
JOIN session ON session.id = session_id
WHERE part = 0 AND coalesce(start_project_id, project_id) IN (SELECT value FROM json_each(?1))
ORDER BY event.id
