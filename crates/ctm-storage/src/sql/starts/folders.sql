SELECT path FROM session
CROSS JOIN conversation ON session_id = session.id
CROSS JOIN event ON conversation_id = conversation.id
JOIN project ON project.id = project_id
WHERE uuid = ?1 GROUP BY project.id ORDER BY min(at_ms), path
