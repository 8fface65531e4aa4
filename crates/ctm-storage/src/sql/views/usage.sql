SELECT part.key AS response,
       part.part AS part,
       part.part = 0 AS responses,
       part.at_ms AS at_ms,
       ctm_time(part.at_ms) AS at,
       ctm_day(part.at_ms) AS day,
       ctm_hour(part.at_ms) AS hour,
       session.uuid AS session,
       ctm_project(coalesce(session.start_project_id, conversation.project_id)) AS project,
       folder.path AS folder,
       ctm_home(origin.home_id) AS home,
       branch.text AS branch,
       version.text AS version,
       entrypoint.text AS entrypoint,
       conversation.sidechain AS subagent,
       agent.name AS agent,
       CASE WHEN conversation.sidechain THEN coalesce(agent.kind, nullif(circumstance.agent, '')) END AS agent_type,
       nullif(circumstance.skill, '') AS skill,
       nullif(circumstance.plugin, '') AS plugin,
       nullif(circumstance.mcp_server, '') AS mcp_server,
       nullif(circumstance.mcp_tool, '') AS mcp_tool,
       nullif(circumstance.effort, '') AS effort,
       nullif(circumstance.cache_miss, '') AS cache_miss_reason,
       part.model AS model,
       part.speed AS speed,
       part.service_tier AS service_tier,
       part.inference_geo AS inference_geo,
       part.input AS input_tokens,
       part.output AS output_tokens,
       part.cache_read AS cache_read_tokens,
       part.cache_write_5m AS cache_write_5m_tokens,
       part.cache_write_1h AS cache_write_1h_tokens,
       part.input + part.cache_read + part.cache_write_5m + part.cache_write_1h AS prompt_tokens,
       part.input + part.output + part.cache_read + part.cache_write_5m + part.cache_write_1h AS total_tokens,
       part.thinking_tokens AS thinking_tokens,
       part.cache_missed_tokens AS cache_missed_tokens,
       part.searches AS web_searches,
       part.cost AS cost_pico_usd,
       part.cost / 1e12 AS cost_usd,
       part.unpriced AS unpriced_tokens,
       part.final AS final,
       CASE WHEN part.cost IS NULL THEN 'unknown'
            WHEN part.is_partial OR NOT part.final THEN 'at_least'
            ELSE 'exact' END AS certainty
FROM ctm_part AS part
LEFT JOIN conversation ON conversation.id = part.conversation_id
LEFT JOIN session ON session.id = conversation.session_id
LEFT JOIN project AS folder ON folder.id = conversation.project_id
LEFT JOIN source_file AS origin ON origin.id = part.origin_file_id
LEFT JOIN term AS branch ON branch.id = conversation.branch_id
LEFT JOIN term AS version ON version.id = conversation.version_id
LEFT JOIN term AS entrypoint ON entrypoint.id = conversation.entrypoint_id
LEFT JOIN agent ON agent.id = conversation.agent_id
LEFT JOIN circumstance ON circumstance.id = CASE WHEN part.part = 0 THEN part.circumstance_id ELSE (
    SELECT first.circumstance_id FROM event AS first INDEXED BY event_key
    WHERE first.key_hash = part.key_hash AND first.key = part.key AND first.part = 0) END
WHERE part.is_billed
