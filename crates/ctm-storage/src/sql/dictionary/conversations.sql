SELECT conversation.id, session.uuid AS session, project.path AS project, branch.text AS branch,
       version.text AS version, agent.name AS agent, sidechain, entrypoint.text AS entrypoint,
       team.text AS team, teammate.text AS teammate
FROM json_each(?1) AS wanted
CROSS JOIN conversation ON conversation.id = wanted.value
JOIN session ON session.id = session_id
JOIN project ON project.id = project_id
LEFT JOIN term AS branch ON branch.id = branch_id
LEFT JOIN term AS version ON version.id = version_id
LEFT JOIN agent ON agent.id = agent_id
LEFT JOIN term AS entrypoint ON entrypoint.id = entrypoint_id
LEFT JOIN term AS team ON team.id = team_id
LEFT JOIN term AS teammate ON teammate.id = teammate_id
