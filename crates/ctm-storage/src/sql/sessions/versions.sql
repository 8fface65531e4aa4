SELECT text FROM session
CROSS JOIN conversation ON session_id = session.id
CROSS JOIN event ON conversation_id = conversation.id
JOIN term ON term.id = version_id
WHERE uuid = ?1 GROUP BY term.id ORDER BY min(at_ms), text
