SELECT conversation.id AS id, branch.text AS branch, version.text AS version, entrypoint.text AS entrypoint,
       agent.kind AS agent_kind
FROM json_each(?1) AS wanted
CROSS JOIN conversation ON conversation.id = wanted.value
LEFT JOIN term AS branch ON branch.id = branch_id
LEFT JOIN term AS version ON version.id = version_id
LEFT JOIN term AS entrypoint ON entrypoint.id = entrypoint_id
LEFT JOIN agent ON agent.id = agent_id
