WITH RECURSIVE connected (session_id) AS (
    SELECT value FROM json_each(?1) WHERE EXISTS (SELECT 1 FROM claim WHERE session_id = value)
                                       OR EXISTS (SELECT 1 FROM prompt_claim WHERE session_id = value)
    UNION
    SELECT other.session_id FROM connected
    CROSS JOIN claim ON claim.session_id = connected.session_id
    CROSS JOIN claim AS other ON other.event_id = claim.event_id
    UNION
    SELECT other.session_id FROM connected
    CROSS JOIN prompt_claim AS asked ON asked.session_id = connected.session_id
    CROSS JOIN prompt_claim AS other ON other.prompt_id = asked.prompt_id)
SELECT session_id FROM connected ORDER BY session_id
