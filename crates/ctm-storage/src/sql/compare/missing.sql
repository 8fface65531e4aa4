SELECT count(*) FILTER (WHERE part = 0),
       coalesce(sum(input + output + cache_read + cache_write_5m + cache_write_1h), 0),
       count(DISTINCT at_ms / 86400000), min(at_ms), max(at_ms)
FROM main.event AS own
WHERE NOT EXISTS (SELECT 1 FROM other.event AS theirs
                  WHERE theirs.key_hash = own.key_hash AND theirs.key = own.key AND theirs.part = own.part)
