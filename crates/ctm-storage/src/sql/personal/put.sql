INSERT INTO personal_record (kind, id, created_at_ms, changed_at_ms, content)
VALUES (?1, ?2, ?3, ?4, ?5)
ON CONFLICT (kind, id) DO UPDATE
SET created_at_ms = excluded.created_at_ms, changed_at_ms = excluded.changed_at_ms, content = excluded.content
