CREATE TEMP TABLE chosen_file (id INTEGER PRIMARY KEY);
INSERT INTO chosen_file SELECT source_file.id FROM source_file JOIN home ON home.id = home_id
WHERE ?5 IS NULL OR root IN (SELECT value FROM json_each(?5));
-- Sessions that belong to the selection as a whole, with what only a session has.
CREATE TEMP TABLE chosen_session (id INTEGER PRIMARY KEY);
INSERT INTO chosen_session SELECT id FROM session
WHERE (?4 IS NULL OR uuid IN (SELECT value FROM json_each(?4)))
  AND (?3 IS NULL OR 1 = (SELECT min(project.path IN (SELECT value FROM json_each(?3)))
                          FROM conversation
                          JOIN project ON project.id = coalesce(session.start_project_id, project_id)
                          WHERE session_id = session.id
                            AND EXISTS (SELECT 1 FROM event WHERE conversation_id = conversation.id)));
-- Responses with lines that are selected; others may log them too.
CREATE TEMP TABLE chosen (event_id INTEGER PRIMARY KEY, is_shared INTEGER NOT NULL);
INSERT INTO chosen
SELECT event.id,
       winner_file_id NOT IN chosen_file OR origin_file_id NOT IN chosen_file
       OR EXISTS (SELECT 1 FROM superseded WHERE event_id = event.id AND file_id NOT IN chosen_file)
FROM event JOIN conversation ON conversation.id = conversation_id
WHERE part = 0 AND at_ms BETWEEN ?1 AND ?2
  AND (?3 IS NULL OR coalesce((SELECT start_project_id FROM session WHERE session.id = session_id), project_id) IN
       (SELECT id FROM project WHERE project.path IN (SELECT value FROM json_each(?3))))
  AND (?4 IS NULL OR session_id IN
       (SELECT id FROM session WHERE uuid IN (SELECT value FROM json_each(?4))))
  AND (winner_file_id IN chosen_file OR origin_file_id IN chosen_file
       OR EXISTS (SELECT 1 FROM superseded WHERE event_id = event.id AND file_id IN chosen_file));
-- All parts of those that no one else logs.
CREATE TEMP TABLE removed (id INTEGER PRIMARY KEY);
INSERT INTO removed
SELECT part.id FROM chosen
CROSS JOIN event ON event.id = event_id
CROSS JOIN event AS part ON part.key_hash = event.key_hash AND part.key = event.key
WHERE NOT is_shared;
-- Telemetry of responses that are removed, and of requests without a response that belong to the selection as a whole.
CREATE TEMP TABLE removed_witness (request INTEGER PRIMARY KEY);
INSERT INTO removed_witness
SELECT request FROM witness
WHERE request IN (SELECT event.request FROM removed CROSS JOIN event USING (id) WHERE event.request IS NOT NULL)
   OR event_id IS NULL AND at_ms BETWEEN ?1 AND ?2
      AND (?3 IS NULL AND ?4 IS NULL OR session_id IN chosen_session)
      -- A request has no home: it is removed together with the last response of its session.
      AND (?5 IS NULL OR 1 = (SELECT min(event.id IN removed)
                              FROM conversation CROSS JOIN event ON conversation_id = conversation.id
                              WHERE session_id = witness.session_id));
CREATE TEMP TABLE removed_prompt (id INTEGER PRIMARY KEY);
INSERT INTO removed_prompt SELECT id FROM prompt
WHERE at_ms BETWEEN ?1 AND ?2 AND file_id IN chosen_file AND session_id IN chosen_session;
CREATE TEMP TABLE removed_record (id INTEGER PRIMARY KEY);
INSERT INTO removed_record SELECT id FROM session_record
WHERE at_ms BETWEEN ?1 AND ?2 AND file_id IN chosen_file AND session_id IN chosen_session;
-- Names and own totals have no time: they go with the last of their session.
CREATE TEMP TABLE emptied_session (id INTEGER PRIMARY KEY);
INSERT INTO emptied_session
SELECT id FROM chosen_session
WHERE (id IN (SELECT session_id FROM session_name) OR id IN (SELECT session_id FROM cost_state))
  AND NOT EXISTS (SELECT 1 FROM conversation CROSS JOIN event ON conversation_id = conversation.id
                  WHERE session_id = chosen_session.id AND event.id NOT IN removed)
  AND id NOT IN (SELECT session_id FROM prompt WHERE id NOT IN removed_prompt)
  AND id NOT IN (SELECT session_id FROM session_record WHERE id NOT IN removed_record);
CREATE TEMP TABLE removed_sample (id INTEGER PRIMARY KEY);
INSERT INTO removed_sample SELECT id FROM limit_sample
WHERE first_at_ms >= ?1 AND last_at_ms <= ?2
  AND (?5 IS NULL OR home IN (SELECT value FROM json_each(?5)))
  AND (?4 IS NULL OR session IN (SELECT value FROM json_each(?4)))
  AND (?3 IS NULL OR session IN (SELECT uuid FROM session WHERE id IN chosen_session));
CREATE TEMP TABLE removed_cache (id INTEGER PRIMARY KEY);
INSERT INTO removed_cache SELECT id FROM cache_sample
WHERE first_at_ms >= ?1 AND last_at_ms <= ?2
  AND (?5 IS NULL OR home IN (SELECT value FROM json_each(?5)))
  AND (?4 IS NULL OR session IN (SELECT value FROM json_each(?4)))
  AND (?3 IS NULL OR session IN (SELECT uuid FROM session WHERE id IN chosen_session));
-- Claude Code's own statistics know neither projects nor sessions. Their days are in UTC; that noon is
-- within the same day in nearly every zone.
CREATE TEMP TABLE removed_day (root TEXT NOT NULL, date TEXT NOT NULL, PRIMARY KEY (root, date)) WITHOUT ROWID;
INSERT INTO removed_day
SELECT root, date FROM (SELECT root, date FROM stats_cache_activity
                        UNION SELECT root, date FROM stats_cache_tokens)
WHERE ?3 IS NULL AND ?4 IS NULL AND (?5 IS NULL OR root IN (SELECT value FROM json_each(?5)))
  AND (?6 OR unixepoch(date, '+12 hours') * 1000 BETWEEN ?1 AND ?2);
-- Lines that are selected, by transcript: those that the transcript's own counts have.
CREATE TEMP TABLE lost (file_id INTEGER PRIMARY KEY, lines INTEGER NOT NULL);
INSERT INTO lost
SELECT file_id, sum(line_offset < offset_bytes)
FROM (SELECT winner_file_id AS file_id, winner_offset_bytes AS line_offset
      FROM chosen CROSS JOIN event ON event.id = event_id
      UNION ALL
      SELECT file_id, superseded.offset_bytes FROM chosen CROSS JOIN superseded USING (event_id)
      UNION ALL
      SELECT origin_file_id, 9e18 FROM chosen CROSS JOIN event ON event.id = event_id
      UNION ALL
      SELECT file_id, 9e18 FROM removed_prompt CROSS JOIN prompt USING (id)
      UNION ALL
      SELECT file_id, 9e18 FROM removed_record CROSS JOIN session_record USING (id)
      UNION ALL
      SELECT file_id, 9e18 FROM session_name WHERE session_id IN emptied_session
      UNION ALL
      SELECT file_id, 9e18 FROM cost_state WHERE session_id IN emptied_session
      UNION ALL
      SELECT id, 9e18 FROM chosen_file WHERE ?7)
JOIN source_file ON source_file.id = file_id
WHERE file_id IN chosen_file GROUP BY file_id;
