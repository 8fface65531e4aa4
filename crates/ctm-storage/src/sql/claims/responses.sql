SELECT event.id, event.key_hash, event.key, event.at_ms AS is_at_ms, event.conversation_id AS is_conversation,
       origin_file_id, origin_offset_bytes, claim.*
FROM json_each(?1) AS wanted
CROSS JOIN claim ON claim.session_id = wanted.value
JOIN event ON event.id = claim.event_id
ORDER BY event.id
