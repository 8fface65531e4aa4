-- The totals of all usage at a moment, as they were reported then: what has since been read or
-- priced anew does not change them. They are no facts of usage, and can be deleted.
CREATE TABLE snapshot (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    taken_at_ms INTEGER NOT NULL,
    data_version INTEGER NOT NULL,
    price_version TEXT NOT NULL,
    input INTEGER NOT NULL,
    output INTEGER NOT NULL,
    cache_read INTEGER NOT NULL,
    cache_write_5m INTEGER NOT NULL,
    cache_write_1h INTEGER NOT NULL,
    web_searches INTEGER NOT NULL,
    responses INTEGER NOT NULL,
    sessions INTEGER NOT NULL,
    unfinalised INTEGER NOT NULL,
    unpriced_tokens INTEGER NOT NULL,
    cost TEXT,                 -- US dollars, the exact decimal; NULL when nothing could be priced
    cache_saving TEXT NOT NULL -- the same
) STRICT;
CREATE INDEX snapshot_at ON snapshot (taken_at_ms);
