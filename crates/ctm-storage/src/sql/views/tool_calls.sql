SELECT event.key AS response,
       event.at_ms AS at_ms,
       ctm_time(event.at_ms) AS at,
       ctm_day(event.at_ms) AS day,
       ctm_hour(event.at_ms) AS hour,
       session.uuid AS session,
       ctm_project(coalesce(session.start_project_id, conversation.project_id)) AS project,
       ctm_home(origin.home_id) AS home,
       conversation.sidechain AS subagent,
       billing.model AS model,
       tool.text AS tool,
       tool_error.id IS NOT NULL AS failed
FROM tool_call
CROSS JOIN event ON event.id = tool_call.event_id
LEFT JOIN term AS tool ON tool.id = tool_call.tool_id
LEFT JOIN tool_error ON tool_error.id = tool_call.id
LEFT JOIN billing ON billing.id = event.billing_id
LEFT JOIN conversation ON conversation.id = event.conversation_id
LEFT JOIN session ON session.id = conversation.session_id
LEFT JOIN source_file AS origin ON origin.id = event.origin_file_id
