SELECT prompt.at_ms AS at_ms,
       ctm_time(prompt.at_ms) AS at,
       ctm_day(prompt.at_ms) AS day,
       ctm_hour(prompt.at_ms) AS hour,
       session.uuid AS session,
       ctm_project(session.start_project_id) AS project,
       ctm_home(source_file.home_id) AS home
FROM prompt
LEFT JOIN session ON session.id = prompt.session_id
LEFT JOIN source_file ON source_file.id = prompt.file_id
