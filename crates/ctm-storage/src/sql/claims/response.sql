UPDATE event SET winner_after_ms = winner_after_ms + at_ms - ?3, at_ms = ?3, conversation_id = ?4,
                 origin_file_id = ?5, origin_offset_bytes = ?6
WHERE key_hash = ?1 AND key = (SELECT key FROM event WHERE id = ?2)
