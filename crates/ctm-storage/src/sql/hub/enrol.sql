INSERT INTO hub_machine (uid, name, level, enrolled_at_ms, token_hash, epoch, acked, pushes, prior, removed)
VALUES (?1, ?2, ?3, ?4, ?5, 1, 0, 0, 0, 0)
ON CONFLICT (uid) DO UPDATE SET
    name = excluded.name, level = excluded.level, enrolled_at_ms = excluded.enrolled_at_ms, token_hash = excluded.token_hash,
    former_hash = NULL, former_until_ms = NULL, epoch = epoch + 1, journal = NULL, acked = 0, pushes = 0, prior = 0, removed = 0
RETURNING epoch
