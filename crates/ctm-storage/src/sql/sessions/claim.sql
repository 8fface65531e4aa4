WITH copied AS (SELECT value ->> 0 AS prompt_id, value ->> 1 AS session_id, value ->> 2 AS at_ms,
                       value ->> 3 AS file_id FROM json_each(?1)),
     contested AS (SELECT copied.*, prompt.session_id AS owner_id, prompt.at_ms AS owner_at_ms,
                          prompt.file_id AS owner_file_id
                   FROM copied CROSS JOIN prompt ON prompt.id = prompt_id
                   WHERE prompt.session_id <> copied.session_id)
INSERT INTO prompt_claim (prompt_id, session_id, at_ms, file_id)
SELECT prompt_id, session_id, at_ms, file_id FROM contested
UNION SELECT prompt_id, owner_id, owner_at_ms, owner_file_id FROM contested
WHERE true
ON CONFLICT (prompt_id, session_id) DO UPDATE SET at_ms = excluded.at_ms, file_id = excluded.file_id
WHERE excluded.at_ms < at_ms
RETURNING session_id
