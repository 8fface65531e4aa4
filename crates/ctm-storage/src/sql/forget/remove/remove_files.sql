DELETE FROM skipped_line WHERE file_id IN chosen_file AND file_id NOT IN standing;
DELETE FROM line_issue WHERE file_id IN chosen_file AND file_id NOT IN standing;
DELETE FROM source_file WHERE id IN chosen_file AND id NOT IN standing;
