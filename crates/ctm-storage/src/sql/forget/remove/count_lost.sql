-- What a transcript had that was rewritten since is not among its lines.
CREATE TEMP TABLE left_over (file_id INTEGER PRIMARY KEY, lines INTEGER NOT NULL);
INSERT INTO left_over SELECT file_id, count(*) FROM superseded GROUP BY file_id;
UPDATE source_file
SET forgotten = max(0, min(forgotten + (SELECT lines FROM lost WHERE file_id = source_file.id),
        copies - coalesce((SELECT lines FROM left_over WHERE file_id = source_file.id), 0)))
WHERE id IN (SELECT file_id FROM lost);
