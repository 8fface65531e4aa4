WITH detailed AS (
    SELECT event.* FROM chosen CROSS JOIN event ON event.id = event_id
    WHERE is_shared AND coalesce(circumstance_id, thinking_tokens, cache_missed_tokens) IS NOT NULL)
SELECT event_id, file_id
FROM (SELECT id AS event_id, winner_file_id AS file_id FROM detailed
      UNION SELECT id, origin_file_id FROM detailed
      UNION SELECT event_id, file_id FROM detailed CROSS JOIN superseded ON event_id = detailed.id)
JOIN source_file ON source_file.id = file_id
WHERE gone = 0 AND file_id NOT IN chosen_file
