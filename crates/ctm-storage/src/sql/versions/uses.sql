WITH used AS (SELECT DISTINCT session_id, version_id FROM conversation),
mixed AS (SELECT session_id FROM used GROUP BY session_id HAVING count(*) > 1)
SELECT text, used.session_id, (
    SELECT min(at_ms) FROM conversation
    CROSS JOIN event ON conversation_id = conversation.id
    WHERE conversation.session_id = used.session_id AND conversation.version_id = used.version_id
      AND used.session_id IN mixed
)
FROM used JOIN term ON term.id = used.version_id
