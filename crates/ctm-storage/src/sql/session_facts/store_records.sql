INSERT INTO session_record (id, kind, session_id, at_ms, file_id, name_id, duration_ms, number, url, event_id,
                            outcome)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (id) DO UPDATE
SET kind = excluded.kind, session_id = excluded.session_id, at_ms = excluded.at_ms,
    file_id = excluded.file_id, name_id = excluded.name_id, duration_ms = excluded.duration_ms,
    number = excluded.number, url = excluded.url, event_id = excluded.event_id, outcome = excluded.outcome
-- Path and home order files wherever homes are mounted, as `ctm_types::Locus` does.
WHERE (excluded.at_ms,
       (SELECT path FROM source_file WHERE source_file.id = excluded.file_id),
       (SELECT root FROM source_file JOIN home ON home.id = home_id WHERE source_file.id = excluded.file_id))
      <= (at_ms,
       (SELECT path FROM source_file WHERE source_file.id = session_record.file_id),
       (SELECT root FROM source_file JOIN home ON home.id = home_id WHERE source_file.id = session_record.file_id))
