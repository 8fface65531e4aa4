INSERT INTO claim (event_id, session_id, conversation_id, at_ms, file_id, offset_bytes)
VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (event_id, session_id) DO UPDATE
SET conversation_id = excluded.conversation_id, at_ms = excluded.at_ms, file_id = excluded.file_id,
    offset_bytes = excluded.offset_bytes
-- Path and home order files wherever homes are mounted, as `ctm_types::Locus` does.
WHERE (excluded.at_ms,
       (SELECT path FROM source_file WHERE source_file.id = excluded.file_id), excluded.offset_bytes,
       (SELECT root FROM source_file JOIN home ON home.id = home_id WHERE source_file.id = excluded.file_id))
      < (at_ms,
       (SELECT path FROM source_file WHERE source_file.id = claim.file_id), offset_bytes,
       (SELECT root FROM source_file JOIN home ON home.id = home_id WHERE source_file.id = claim.file_id))
   OR (excluded.at_ms, excluded.file_id, excluded.offset_bytes) = (at_ms, file_id, offset_bytes)
      AND excluded.conversation_id <> conversation_id
