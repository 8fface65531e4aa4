INSERT INTO prompt (id, session_id, at_ms, file_id)
VALUES (?, ?, ?, ?)
ON CONFLICT (id) DO UPDATE
SET session_id = excluded.session_id, at_ms = excluded.at_ms, file_id = excluded.file_id
-- Path and home order files wherever homes are mounted, as `ctm_types::Locus` does.
WHERE (excluded.at_ms,
       (SELECT path FROM source_file WHERE source_file.id = excluded.file_id),
       (SELECT root FROM source_file JOIN home ON home.id = home_id WHERE source_file.id = excluded.file_id))
      < (at_ms,
       (SELECT path FROM source_file WHERE source_file.id = prompt.file_id),
       (SELECT root FROM source_file JOIN home ON home.id = home_id WHERE source_file.id = prompt.file_id))
  AND session_id = excluded.session_id
  AND NOT EXISTS (SELECT 1 FROM prompt_claim WHERE prompt_id = prompt.id)
