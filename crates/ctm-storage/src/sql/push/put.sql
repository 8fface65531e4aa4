INSERT INTO push_target (url, hub, name, most_level, certificate, plain_http, pepper, enrolled_at_ms, level, journal, epoch,
    acked, sent)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, 0, 0)
ON CONFLICT (url) DO UPDATE SET
    hub = excluded.hub, name = excluded.name, most_level = excluded.most_level, certificate = excluded.certificate,
    plain_http = excluded.plain_http, pepper = excluded.pepper, enrolled_at_ms = excluded.enrolled_at_ms
