UPDATE hub_machine
SET journal = ?2, epoch = ?3, acked = ?4, pushes = ?5, prior = ?6, pushed_at_ms = ?7, skew_ms = ?8, agent = ?9, name = ?10
WHERE uid = ?1
