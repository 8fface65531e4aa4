WITH answered AS (SELECT event.id, part, winner_file_id, origin_file_id FROM session
                  CROSS JOIN conversation ON session_id = session.id
                  CROSS JOIN event ON conversation_id = conversation.id
                  WHERE uuid = ?1),
     logged AS (SELECT winner_file_id AS file_id, part = 0 AS responses FROM answered
                UNION ALL SELECT origin_file_id, 0 FROM answered
                UNION ALL SELECT file_id, 0 FROM answered CROSS JOIN superseded ON event_id = answered.id)
SELECT root || '/' || path AS whole_path, root, gone, size_bytes, lines, sum(responses) AS responses
FROM logged
JOIN source_file ON source_file.id = file_id
JOIN home ON home.id = home_id
GROUP BY file_id ORDER BY whole_path
