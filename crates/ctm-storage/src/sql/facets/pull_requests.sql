SELECT session_id, min(at_ms) AS at_ms, text AS repository, number, max(url) AS url
FROM session_record JOIN term ON term.id = name_id
WHERE kind = 'pull_request' AND number IS NOT NULL
GROUP BY session_id, text, number
ORDER BY session_id, text, number
