SELECT owner.uuid, event.at_ms, count(*) OVER ()
FROM session AS fork
CROSS JOIN claim ON claim.session_id = fork.id
JOIN event ON event.id = claim.event_id
JOIN conversation ON conversation.id = event.conversation_id AND conversation.session_id <> fork.id
JOIN session AS owner ON owner.id = conversation.session_id
WHERE fork.uuid = ?1
ORDER BY event.at_ms DESC, owner.uuid LIMIT 1
