-- Months that a person has sealed (`ctm-proof`), and what changed of them since. Nothing is derived from them, and nothing deletes them.
CREATE TABLE seal (
    month TEXT NOT NULL PRIMARY KEY, -- YYYY-MM
    statement TEXT NOT NULL,         -- what is stated of the month, as JSON: the digest is that of this text
    digest TEXT NOT NULL,            -- SHA-256, in hexadecimal digits
    signature TEXT                   -- of the digest, with the public key, as JSON
) STRICT, WITHOUT ROWID;

-- Days of sealed months whose facts are not those of before, each as it was noticed.
CREATE TABLE seal_correction (
    month TEXT NOT NULL,
    day TEXT NOT NULL, -- YYYY-MM-DD
    noticed_at_ms INTEGER NOT NULL,
    former TEXT,       -- digest and sums before, as JSON; NULL without facts
    present TEXT,      -- digest and sums since then, as JSON; NULL without facts
    PRIMARY KEY (month, day, noticed_at_ms)
) STRICT, WITHOUT ROWID;
