SELECT event.id, event.key_hash, event.at_ms, event.conversation_id, origin_file_id, origin_offset_bytes,
       claim.session_id, claim.at_ms, claim.conversation_id, claim.file_id, claim.offset_bytes
FROM json_each(?1) AS wanted
CROSS JOIN claim ON claim.session_id = wanted.value
JOIN event ON event.id = claim.event_id
ORDER BY event.id
