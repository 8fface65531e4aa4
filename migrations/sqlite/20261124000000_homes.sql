-- Claude homes, each once: a person can have several, and copies of other machines' homes. What a
-- home is called is a setting, and is not stored.

CREATE TABLE home (
    id INTEGER PRIMARY KEY,
    root TEXT NOT NULL UNIQUE -- its canonical path
) STRICT;
INSERT INTO home (root) SELECT root FROM source_file GROUP BY root ORDER BY min(id);

-- A transcript, how far it was read, and how it is recognised.
CREATE TABLE source_file_of_home (
    id INTEGER PRIMARY KEY,
    home_id INTEGER NOT NULL REFERENCES home (id) DEFERRABLE INITIALLY DEFERRED,
    path TEXT NOT NULL, -- below the home
    device INTEGER NOT NULL,
    inode INTEGER NOT NULL,
    size_bytes INTEGER NOT NULL,
    modified_ns INTEGER NOT NULL,
    offset_bytes INTEGER NOT NULL,
    head_hash INTEGER NOT NULL,
    tail_hash INTEGER NOT NULL,
    cwd TEXT,
    agent_id INTEGER REFERENCES agent (id) DEFERRABLE INITIALLY DEFERRED,
    lines INTEGER NOT NULL,
    copies INTEGER NOT NULL, -- of the lines, those that are copies of responses
    gone INTEGER NOT NULL,   -- the file is no longer there; its facts stay
    UNIQUE (home_id, path)
) STRICT;
INSERT INTO source_file_of_home
SELECT source_file.id, home.id, path, device, inode, size_bytes, modified_ns, offset_bytes, head_hash,
       tail_hash, cwd, agent_id, lines, copies, gone
FROM source_file JOIN home USING (root)
ORDER BY source_file.id;
DROP TABLE source_file;
ALTER TABLE source_file_of_home RENAME TO source_file;
