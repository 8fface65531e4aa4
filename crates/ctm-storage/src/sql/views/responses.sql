WITH further AS MATERIALIZED (
    SELECT key_hash, key, sum(input) AS input, sum(output) AS output, sum(cache_read) AS cache_read,
           sum(cache_write_5m) AS cache_write_5m, sum(cache_write_1h) AS cache_write_1h, sum(searches) AS searches,
           sum(cost) AS cost, sum(unpriced) AS unpriced, max(is_partial) AS is_partial
    FROM ctm_part WHERE part > 0 AND is_billed GROUP BY key_hash, key
)
SELECT part.key AS response,
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
       iif(part.is_billed, part.input, 0) + coalesce(further.input, 0) AS input_tokens,
       iif(part.is_billed, part.output, 0) + coalesce(further.output, 0) AS output_tokens,
       iif(part.is_billed, part.cache_read, 0) + coalesce(further.cache_read, 0) AS cache_read_tokens,
       iif(part.is_billed, part.cache_write_5m, 0) + coalesce(further.cache_write_5m, 0) AS cache_write_5m_tokens,
       iif(part.is_billed, part.cache_write_1h, 0) + coalesce(further.cache_write_1h, 0) AS cache_write_1h_tokens,
       iif(part.is_billed, part.input + part.cache_read + part.cache_write_5m + part.cache_write_1h, 0)
           + coalesce(further.input + further.cache_read + further.cache_write_5m + further.cache_write_1h, 0) AS prompt_tokens,
       iif(part.is_billed, part.input + part.output + part.cache_read + part.cache_write_5m + part.cache_write_1h, 0)
           + coalesce(further.input + further.output + further.cache_read + further.cache_write_5m + further.cache_write_1h, 0) AS total_tokens,
       part.thinking_tokens AS thinking_tokens,
       part.cache_missed_tokens AS cache_missed_tokens,
       iif(part.is_billed, part.searches, 0) + coalesce(further.searches, 0) AS web_searches,
       CASE WHEN part.is_billed AND part.cost IS NOT NULL THEN part.cost + coalesce(further.cost, 0)
            ELSE further.cost END AS cost_pico_usd,
       CASE WHEN part.is_billed AND part.cost IS NOT NULL THEN part.cost + coalesce(further.cost, 0)
            ELSE further.cost END / 1e12 AS cost_usd,
       iif(part.is_billed, part.unpriced, 0) + coalesce(further.unpriced, 0) AS unpriced_tokens,
       part.final AS final,
       CASE WHEN (NOT part.is_billed OR part.cost IS NULL) AND further.cost IS NULL THEN 'unknown'
            WHEN NOT part.final OR (part.is_billed AND part.is_partial) OR coalesce(further.is_partial, 0) THEN 'at_least'
            ELSE 'exact' END AS certainty
FROM ctm_part AS part
LEFT JOIN further ON further.key_hash = part.key_hash AND further.key = part.key
LEFT JOIN conversation ON conversation.id = part.conversation_id
LEFT JOIN session ON session.id = conversation.session_id
LEFT JOIN project AS folder ON folder.id = conversation.project_id
LEFT JOIN source_file AS origin ON origin.id = part.origin_file_id
LEFT JOIN term AS branch ON branch.id = conversation.branch_id
LEFT JOIN term AS version ON version.id = conversation.version_id
LEFT JOIN term AS entrypoint ON entrypoint.id = conversation.entrypoint_id
LEFT JOIN agent ON agent.id = conversation.agent_id
LEFT JOIN circumstance ON circumstance.id = part.circumstance_id
WHERE part.part = 0 AND (part.is_billed OR further.key IS NOT NULL)
