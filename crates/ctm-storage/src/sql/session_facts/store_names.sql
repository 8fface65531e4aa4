INSERT INTO session_name (session_id, kind, name, in_own_file, file_id, offset_bytes)
VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (session_id, kind) DO UPDATE
SET name = excluded.name, in_own_file = excluded.in_own_file, file_id = excluded.file_id,
    offset_bytes = excluded.offset_bytes
-- Path and home order files wherever homes are mounted, as `ctm_types::Locus` does.
WHERE (excluded.in_own_file,
       (SELECT path FROM source_file WHERE source_file.id = excluded.file_id), excluded.offset_bytes,
       (SELECT root FROM source_file JOIN home ON home.id = home_id WHERE source_file.id = excluded.file_id))
      >= (in_own_file,
       (SELECT path FROM source_file WHERE source_file.id = session_name.file_id), offset_bytes,
       (SELECT root FROM source_file JOIN home ON home.id = home_id WHERE source_file.id = session_name.file_id))
