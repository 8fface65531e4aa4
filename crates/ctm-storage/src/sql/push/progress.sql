UPDATE push_target SET level = ?2, journal = ?3, epoch = ?4, acked = ?5, sent = ?6, receipt = ?7, forked_at_ms = ?8, stopped = ?9
WHERE id = ?1
