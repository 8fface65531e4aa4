SELECT path
FROM source_file JOIN home ON home.id = home_id
WHERE root = ?1 AND gone = 0 AND modified_ns < ?2 AND offset_bytes < size_bytes AND tail IS NULL
ORDER BY path
LIMIT ?3
