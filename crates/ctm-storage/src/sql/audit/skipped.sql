SELECT home_id, reason, sum(skipped) AS lines FROM (
    SELECT home_id, reason, skipped_line.lines AS skipped
    FROM skipped_line JOIN source_file ON source_file.id = file_id
    UNION ALL SELECT home_id, tail, 1 FROM source_file WHERE tail <> 'copy'
) GROUP BY home_id, reason
