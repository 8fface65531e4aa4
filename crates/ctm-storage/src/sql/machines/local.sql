SELECT event.id, key, part, at_ms, final OR witness_output IS NOT NULL AS final, output, winner_more_output, winner_embedded,
       winner_sidechain, winner_in_own_file, session.id AS session, uuid
FROM event
LEFT JOIN conversation ON conversation.id = conversation_id
LEFT JOIN session ON session.id = session_id
WHERE event.id > ?1
ORDER BY event.id
LIMIT ?2
