SELECT timestamp, model, CASE WHEN length(token_usage) <= 65536 THEN token_usage END, claude_message_id,
    claude_request_id
FROM messages WHERE token_usage <> '' AND session_id IN (SELECT id FROM sessions WHERE agent = 'claude')
ORDER BY timestamp, session_id
