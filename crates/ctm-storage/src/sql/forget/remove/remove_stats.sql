DELETE FROM limit_sample WHERE id IN removed_sample;
DELETE FROM cache_sample WHERE id IN removed_cache;
DELETE FROM stats_cache_activity WHERE (root, date) IN removed_day;
DELETE FROM stats_cache_tokens WHERE (root, date) IN removed_day;
DELETE FROM stats_cache_model WHERE ?7 AND root IN (SELECT value FROM json_each(?5));
DELETE FROM stats_cache WHERE ?7 AND root IN (SELECT value FROM json_each(?5));
