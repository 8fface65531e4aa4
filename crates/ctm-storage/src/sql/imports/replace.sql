DELETE FROM import_figure
WHERE (file_id, grain, first_day, last_day) IN (
    SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3 FROM json_each(?1)
)
