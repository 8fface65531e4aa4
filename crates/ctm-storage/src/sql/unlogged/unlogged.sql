SELECT witness.at_ms, witness.input, witness.output, witness.cache_read, cache_creation,
       coalesce(billing_id, 0) AS billing_id,
       coalesce(session.id, 0) AS session, source.text AS query_source,
       coalesce(circumstance.agent, '') <> '' AS sidechain,
       coalesce(start_project_id, conversation.project_id, 0) AS project,
       coalesce(conversation.project_id, start_project_id, 0) AS folder,
       coalesce((SELECT home_id FROM event JOIN source_file ON source_file.id = origin_file_id
                 WHERE conversation_id = conversation.id LIMIT 1), 0) AS home
FROM witness INDEXED BY witness_of_event
LEFT JOIN session ON session.id = witness.session_id
LEFT JOIN conversation
    ON conversation.id = (SELECT min(id) FROM conversation AS first WHERE first.session_id = witness.session_id)
LEFT JOIN term AS source ON source.id = query_source_id
LEFT JOIN circumstance ON circumstance.id = witness.circumstance_id
WHERE witness.event_id IS NULL AND witness.at_ms BETWEEN ?1 AND ?2
  AND NOT EXISTS (SELECT 1 FROM conversation AS known
                  CROSS JOIN event ON event.conversation_id = known.id
                  WHERE known.session_id = witness.session_id AND event.request IS NULL AND part = 0
                    AND event.input = witness.input AND event.cache_read = witness.cache_read
                    AND cache_write_5m + cache_write_1h = cache_creation)
