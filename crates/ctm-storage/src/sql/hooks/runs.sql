SELECT record.at_ms,
       record.session_id,
       coalesce(session.start_project_id, conversation.project_id, 0),
       coalesce(conversation.project_id, 0),
       coalesce(file.home_id, 0),
       file.agent_id IS NOT NULL,
       coalesce(event.billing_id, 0),
       coalesce(record.name_id, 0),
       coalesce(record.event_id, 0),
       coalesce(record.duration_ms, -1),
       CASE
           WHEN record.outcome IS NULL THEN -1
           WHEN record.outcome IN ('failed', 'timed_out') THEN 1
           WHEN record.outcome = 'blocked' THEN 2
           ELSE 0
       END
FROM session_record AS record
LEFT JOIN session ON session.id = record.session_id
LEFT JOIN source_file AS file ON file.id = record.file_id
LEFT JOIN event ON event.id = (
    SELECT earlier.id
    FROM event AS earlier INDEXED BY event_at
    CROSS JOIN conversation AS place ON place.id = earlier.conversation_id
    WHERE earlier.at_ms BETWEEN record.at_ms - ?3 AND record.at_ms
      AND earlier.part = 0 AND place.session_id = record.session_id
      AND place.sidechain = (file.agent_id IS NOT NULL) AND (place.sidechain = 0 OR place.agent_id = file.agent_id)
    ORDER BY earlier.at_ms DESC, earlier.id DESC LIMIT 1)
LEFT JOIN conversation ON conversation.id = event.conversation_id
WHERE record.kind = 'hook' AND record.at_ms BETWEEN ?1 AND ?2
