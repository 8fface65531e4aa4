INSERT INTO circumstance (skill, plugin, agent, mcp_server, mcp_tool, effort, refusal, cache_miss)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
ON CONFLICT DO UPDATE SET skill = excluded.skill RETURNING id
