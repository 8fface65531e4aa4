LEFT JOIN conversation ON conversation.id = conversation_id
LEFT JOIN session ON session.id = session_id
LEFT JOIN term ON term.id = version_id
