INSERT INTO seal_correction (month, day, noticed_at_ms, former, present)
VALUES (?1, ?2, ?3, ?4, ?5)
ON CONFLICT (month, day, noticed_at_ms) DO UPDATE SET present = excluded.present
