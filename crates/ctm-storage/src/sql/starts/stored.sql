SELECT session.id, start_in_own_file, start_ms, project.path FROM json_each(?1) AS wanted
CROSS JOIN session ON session.id = wanted.value
JOIN project ON project.id = start_project_id
