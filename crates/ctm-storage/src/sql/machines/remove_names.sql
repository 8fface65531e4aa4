DELETE FROM machine_session WHERE id NOT IN (SELECT session_id FROM machine_claim WHERE session_id IS NOT NULL);
DELETE FROM machine_project WHERE id NOT IN (SELECT project_id FROM machine_claim WHERE project_id IS NOT NULL);
DELETE FROM machine_billing WHERE id NOT IN (SELECT billing_id FROM machine_claim);
DELETE FROM machine_version WHERE id NOT IN (SELECT version_id FROM machine_claim WHERE version_id IS NOT NULL);
