INSERT INTO session (id, uuid, start_project_id, start_in_own_file, start_ms)
VALUES (?, ?, ?, ?, ?)
ON CONFLICT (id) DO UPDATE
SET start_project_id = excluded.start_project_id, start_in_own_file = excluded.start_in_own_file,
    start_ms = excluded.start_ms
