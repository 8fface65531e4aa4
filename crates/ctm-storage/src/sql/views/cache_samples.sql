SELECT coalesce(ctm_home(home.id), nullif(cache_sample.home, '')) AS home,
       cache_sample.session AS session,
       cache_sample.model AS model,
       CASE WHEN of_an_hour THEN 60 ELSE 5 END AS ttl_minutes,
       cache_sample.expires_at_ms AS expires_at_ms,
       cache_sample.recache_tokens AS recache_tokens,
       cache_sample.requests AS requests,
       cache_sample.misses AS misses,
       cache_sample.expected_rebuilds AS expected_rebuilds,
       cache_sample.written_tokens AS written_tokens,
       cache_sample.missed_tokens AS missed_tokens,
       cache_sample.last_miss_at_ms AS last_miss_at_ms,
       cache_sample.last_miss AS last_miss_causes,
       cache_sample.miss_causes AS miss_causes,
       cache_sample.first_at_ms AS first_at_ms,
       cache_sample.last_at_ms AS last_at_ms
FROM cache_sample
LEFT JOIN home ON home.root = cache_sample.home
