DELETE FROM conversation WHERE id NOT IN (SELECT conversation_id FROM event UNION ALL SELECT conversation_id FROM claim);
DELETE FROM session WHERE id NOT IN (SELECT session_id FROM conversation UNION ALL SELECT session_id FROM prompt
                                     UNION ALL SELECT session_id FROM claim UNION ALL SELECT session_id FROM prompt_claim
                                     UNION ALL SELECT session_id FROM session_record
                                     UNION ALL SELECT session_id FROM session_name
                                     UNION ALL SELECT session_id FROM cost_state
                                     UNION ALL SELECT session_id FROM witness WHERE session_id IS NOT NULL);
DELETE FROM project WHERE id NOT IN (SELECT project_id FROM conversation
                                     UNION ALL SELECT start_project_id FROM session
                                     WHERE start_project_id IS NOT NULL);
DELETE FROM push_project WHERE project_id NOT IN (SELECT id FROM project);
DELETE FROM worktree WHERE NOT EXISTS (SELECT 1 FROM project
                                       WHERE substr(project.path, 1, length(worktree.path)) = worktree.path);
DELETE FROM agent WHERE id NOT IN (SELECT agent_id FROM conversation WHERE agent_id IS NOT NULL
                                   UNION ALL SELECT agent_id FROM source_file WHERE agent_id IS NOT NULL);
DELETE FROM term WHERE id NOT IN (SELECT branch_id FROM conversation WHERE branch_id IS NOT NULL
                                  UNION ALL SELECT version_id FROM conversation WHERE version_id IS NOT NULL
                                  UNION ALL SELECT entrypoint_id FROM conversation WHERE entrypoint_id IS NOT NULL
                                  UNION ALL SELECT team_id FROM conversation WHERE team_id IS NOT NULL
                                  UNION ALL SELECT teammate_id FROM conversation WHERE teammate_id IS NOT NULL
                                  UNION ALL SELECT name_id FROM session_record WHERE name_id IS NOT NULL
                                  UNION ALL SELECT event_id FROM session_record WHERE event_id IS NOT NULL
                                  UNION ALL SELECT query_source_id FROM witness WHERE query_source_id IS NOT NULL
                                  UNION ALL SELECT version_id FROM witness WHERE version_id IS NOT NULL
                                  UNION ALL SELECT tool_id FROM tool_call);
DELETE FROM billing WHERE id NOT IN (SELECT billing_id FROM event
                                     UNION ALL SELECT logged_billing_id FROM event WHERE logged_billing_id IS NOT NULL
                                     UNION ALL SELECT billing_id FROM witness WHERE billing_id IS NOT NULL);
DELETE FROM circumstance WHERE id NOT IN (SELECT circumstance_id FROM event WHERE circumstance_id IS NOT NULL
                                          UNION ALL
                                          SELECT circumstance_id FROM witness WHERE circumstance_id IS NOT NULL);
DELETE FROM home WHERE id NOT IN (SELECT home_id FROM source_file);
