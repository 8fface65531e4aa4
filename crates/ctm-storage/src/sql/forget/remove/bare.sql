SELECT id, path FROM source_file
WHERE id NOT IN standing AND path NOT LIKE '#%'
  AND (id IN (SELECT file_id FROM lost)
       OR (id IN chosen_file AND cwd IN (SELECT value FROM json_each(?3))))
