SELECT record.at_ms AS at_ms,
       ctm_time(record.at_ms) AS at,
       ctm_day(record.at_ms) AS day,
       session.uuid AS session,
       ctm_project(session.start_project_id) AS project,
       name.text AS program,
       coalesce(event.text, 'Stop') AS event,
       record.duration_ms AS duration_ms,
       record.outcome AS outcome
FROM session_record AS record
LEFT JOIN session ON session.id = record.session_id
LEFT JOIN term AS name ON name.id = record.name_id
LEFT JOIN term AS event ON event.id = record.event_id
WHERE record.kind = 'hook'
