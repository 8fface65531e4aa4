SELECT source_file.path FROM json_each(?2) AS wanted
CROSS JOIN source_file ON source_file.path = wanted.value
WHERE home_id = (SELECT id FROM home WHERE root = ?1) AND gone = 0
UNION ALL
SELECT source_file.path FROM json_each(?2) AS wanted
CROSS JOIN source_file
    ON source_file.path > wanted.value || '/' AND source_file.path < wanted.value || '0'
WHERE home_id = (SELECT id FROM home WHERE root = ?1) AND gone = 0
