SELECT DISTINCT at_ms / 86400000 - (at_ms % 86400000 < 0) FROM json_each(?1) AS wanted
CROSS JOIN conversation ON session_id = wanted.value
CROSS JOIN event ON conversation_id = conversation.id
