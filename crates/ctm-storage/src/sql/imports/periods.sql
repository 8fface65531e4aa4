SELECT DISTINCT file_id, grain, first_day, last_day FROM import_figure
WHERE file_id IN (SELECT id FROM import_file WHERE program = ?1)
