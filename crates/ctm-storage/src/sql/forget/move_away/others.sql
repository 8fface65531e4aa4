SELECT root, path, gone, superseded.* FROM superseded
JOIN source_file ON source_file.id = file_id
JOIN home ON home.id = home_id
WHERE event_id = ?1 AND file_id NOT IN chosen_file
