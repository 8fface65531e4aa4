-- `machine_overlap` has all responses of this machine as soon as it has a claim of another one, so that a claim that arrives is
-- compared with those of its key alone.
ALTER TABLE machine_secret ADD COLUMN paired INTEGER NOT NULL DEFAULT 0; -- 1: it has all of them. Derived.
