INSERT INTO conversation (session_id, project_id, branch_id, version_id, agent_id, entrypoint_id,
                          team_id, teammate_id, sidechain)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT DO NOTHING
