UPDATE event SET input = ?4, output = ?5, cache_read = ?6, cache_write_5m = ?7, cache_write_1h = ?8
WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM event AS part
                              WHERE part.key_hash = ?2 AND part.key = ?3 AND part.part > 0)
