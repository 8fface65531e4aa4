-- Records that a person creates: targets, notes, saved views, links. They are no facts, and are never derived from any.
CREATE TABLE personal_record (
    kind TEXT NOT NULL,             -- as `ctm-personal` defines it
    id TEXT NOT NULL,
    created_at_ms INTEGER NOT NULL,
    changed_at_ms INTEGER NOT NULL,
    content TEXT NOT NULL,          -- JSON
    PRIMARY KEY (kind, id)
) STRICT, WITHOUT ROWID;

-- Increases with every change of a personal record.
ALTER TABLE state ADD COLUMN personal_version INTEGER NOT NULL DEFAULT 0;
