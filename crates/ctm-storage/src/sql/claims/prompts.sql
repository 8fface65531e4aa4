SELECT prompt.id, prompt.session_id AS owner_id, claim.session_id, claim.at_ms, claim.file_id
FROM json_each(?1) AS wanted
CROSS JOIN prompt_claim AS claim ON claim.session_id = wanted.value
JOIN prompt ON prompt.id = prompt_id
ORDER BY prompt.id
