SELECT wanted.key, conversation.id FROM json_each(?1) AS wanted
CROSS JOIN conversation
    ON session_id = wanted.value ->> 0 AND project_id = wanted.value ->> 1
   AND ifnull(branch_id, 0) = wanted.value ->> 2 AND ifnull(version_id, 0) = wanted.value ->> 3
   AND ifnull(agent_id, 0) = wanted.value ->> 4 AND sidechain = wanted.value ->> 8
   AND ifnull(entrypoint_id, 0) = wanted.value ->> 5 AND ifnull(team_id, 0) = wanted.value ->> 6
   AND ifnull(teammate_id, 0) = wanted.value ->> 7
