-- A file that was not read to its end has the size 0.
SELECT count(*),
       coalesce(sum(offset_bytes = size_bytes OR tail IS NOT NULL), 0),
       coalesce(sum(offset_bytes < size_bytes AND tail IS NULL), 0)
FROM source_file JOIN home ON home.id = home_id
WHERE root = ?1 AND gone = 0 AND modified_ns < ?2
