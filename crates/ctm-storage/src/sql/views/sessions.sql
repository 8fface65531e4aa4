SELECT session,
       min(project) AS project,
       min(home) AS home,
       min(at_ms) AS started_at_ms,
       max(at_ms) AS ended_at_ms,
       ctm_time(min(at_ms)) AS started_at,
       ctm_time(max(at_ms)) AS ended_at,
       ctm_day(min(at_ms)) AS day,
       sum(responses) AS responses,
       (SELECT count(*) FROM prompt JOIN session AS of ON of.id = prompt.session_id
        WHERE of.uuid = usage.session) AS prompts,
       sum(input_tokens) AS input_tokens,
       sum(output_tokens) AS output_tokens,
       sum(cache_read_tokens) AS cache_read_tokens,
       sum(cache_write_5m_tokens) AS cache_write_5m_tokens,
       sum(cache_write_1h_tokens) AS cache_write_1h_tokens,
       sum(total_tokens) AS total_tokens,
       sum(cost_pico_usd) AS cost_pico_usd,
       sum(cost_pico_usd) / 1e12 AS cost_usd,
       sum(unpriced_tokens) AS unpriced_tokens,
       CASE WHEN count(cost_pico_usd) = 0 THEN 'unknown'
            WHEN max(certainty <> 'exact') THEN 'at_least'
            ELSE 'exact' END AS certainty
FROM usage
GROUP BY session
