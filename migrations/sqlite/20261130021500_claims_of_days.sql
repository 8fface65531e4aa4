-- The claims of other machines that count on a UTC day, summed and packed: derived. NULL where the day is to be computed anew, and
-- where there are none.
ALTER TABLE usage_day ADD COLUMN claims BLOB;
INSERT INTO usage_day (day)
SELECT DISTINCT at_ms / 86400000 - (at_ms % 86400000 < 0) FROM machine_claim WHERE counts
ON CONFLICT DO UPDATE SET usage = NULL, tools = NULL;
