SELECT event.*, home.root AS home, winner.gone AS winner_gone,
       (SELECT kind FROM conversation JOIN agent ON agent.id = agent_id
        WHERE conversation.id = conversation_id) AS agent_kind,
       (SELECT path FROM conversation
        LEFT JOIN session ON session.id = session_id
        JOIN project ON project.id = coalesce(start_project_id, project_id)
        WHERE conversation.id = conversation_id) AS started_in,
       (SELECT coalesce(sum(searches), 0) FROM tool_call CROSS JOIN call_searches USING (id)
        WHERE event_id = event.id) AS call_searches,
       (SELECT count(*) FROM superseded WHERE event_id = event.id) AS superseded,
       (SELECT json_group_array(text) FROM tool_call JOIN term ON term.id = tool_id
        WHERE event_id = event.id) AS tools,
       (SELECT json_group_array(text) FROM tool_call JOIN term ON term.id = tool_id
        WHERE event_id = event.id AND tool_call.id IN (SELECT id FROM tool_error)) AS failed_tools
FROM json_each(?1) AS wanted
CROSS JOIN event ON event.id = wanted.value
LEFT JOIN source_file AS origin ON origin.id = origin_file_id
LEFT JOIN source_file AS winner ON winner.id = winner_file_id
LEFT JOIN home ON home.id = origin.home_id
ORDER BY wanted.id
