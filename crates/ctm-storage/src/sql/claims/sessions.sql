SELECT session.id, uuid,
       (SELECT min(at_ms) FROM conversation CROSS JOIN event ON conversation_id = conversation.id
        WHERE session_id = session.id AND part = 0
          AND NOT EXISTS (SELECT 1 FROM claim WHERE event_id = event.id))
FROM json_each(?1) AS wanted CROSS JOIN session ON session.id = wanted.value ORDER BY session.id
