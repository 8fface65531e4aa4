-- Versions of Claude Code that claims of other machines refer to, each once.
CREATE TABLE machine_version (id INTEGER PRIMARY KEY, version TEXT NOT NULL UNIQUE) STRICT;

-- Absent where a machine does not disclose it, and of claims that were imported before.
ALTER TABLE machine_claim ADD COLUMN version_id INTEGER REFERENCES machine_version (id) DEFERRABLE INITIALLY DEFERRED;
