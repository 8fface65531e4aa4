INSERT INTO cost_state (session_id, file_id, cost, api_duration_ms, tool_duration_ms, duration_ms,
                        lines_added, lines_removed)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
ON CONFLICT DO UPDATE
SET file_id = excluded.file_id, cost = excluded.cost, api_duration_ms = excluded.api_duration_ms,
    tool_duration_ms = excluded.tool_duration_ms, duration_ms = excluded.duration_ms,
    lines_added = excluded.lines_added, lines_removed = excluded.lines_removed
