DELETE FROM skipped_line WHERE file_id IN (SELECT id FROM source_file
                                           WHERE path LIKE '#%' AND id NOT IN standing);
DELETE FROM source_file WHERE path LIKE '#%' AND id NOT IN standing;
UPDATE stats_cache SET modified_ns = -1;
