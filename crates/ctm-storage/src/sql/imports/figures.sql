SELECT file_id, grain, first_day, last_day, model, input, output, cache_read, cache_write, cost
FROM import_figure
ORDER BY file_id, first_day, last_day, grain, model
