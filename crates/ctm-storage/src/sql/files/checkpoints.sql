SELECT path, device, inode, size_bytes, modified_ns, offset_bytes, head_hash, tail_hash, cwd
FROM source_file
WHERE home_id = (SELECT id FROM home WHERE root = ?1)
  AND path IN (SELECT value FROM json_each(?2))
