SELECT coalesce(ctm_home(home.id), nullif(limit_sample.home, '')) AS home,
       limit_sample.session AS session,
       limit_sample.name AS name,
       limit_sample.window_hours AS window_hours,
       limit_sample.used_percentage AS used_percentage,
       limit_sample.resets_at_ms AS resets_at_ms,
       limit_sample.first_at_ms AS first_at_ms,
       limit_sample.last_at_ms AS last_at_ms
FROM limit_sample
LEFT JOIN home ON home.root = limit_sample.home
