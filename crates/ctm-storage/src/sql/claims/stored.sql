SELECT event_id, uuid, at_ms, home.root, source_file.path, claim.offset_bytes
FROM json_each(?1) AS wanted
CROSS JOIN claim ON event_id = wanted.value
JOIN session ON session.id = session_id
JOIN source_file ON source_file.id = file_id
JOIN home ON home.id = home_id
