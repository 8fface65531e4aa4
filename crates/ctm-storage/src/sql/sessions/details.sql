WITH wanted AS (SELECT id, uuid FROM session WHERE uuid IN (SELECT value FROM json_each(?1))),
     spoken AS (SELECT conversation.* FROM wanted CROSS JOIN conversation ON session_id = wanted.id),
     last AS (SELECT session_id, max(at_ms), branch_id, version_id, count(DISTINCT agent_id) AS subagents
              FROM spoken JOIN event ON conversation_id = spoken.id GROUP BY session_id),
     calls AS (SELECT session_id, count(*) AS calls, count(tool_error.id) AS errors
               FROM spoken JOIN event ON conversation_id = spoken.id
               JOIN tool_call ON event_id = event.id
               LEFT JOIN tool_error ON tool_error.id = tool_call.id GROUP BY session_id),
     asked AS (SELECT session_id, count(*) AS prompts FROM prompt
               WHERE session_id IN (SELECT id FROM wanted) GROUP BY session_id)
SELECT uuid AS session, branch.text AS branch, version.text AS version,
       coalesce(subagents, 0) AS subagents, coalesce(prompts, 0) AS prompts,
       coalesce(calls, 0) AS tool_calls, coalesce(errors, 0) AS tool_errors
FROM wanted
LEFT JOIN last ON last.session_id = wanted.id
LEFT JOIN calls ON calls.session_id = wanted.id
LEFT JOIN asked ON asked.session_id = wanted.id
LEFT JOIN term AS branch ON branch.id = branch_id
LEFT JOIN term AS version ON version.id = version_id
ORDER BY uuid
