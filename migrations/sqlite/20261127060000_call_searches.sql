-- Web searches of tool calls, which Claude Code makes in requests of their own. Apart from the calls, because
-- the result of a call may be read before the call. The id is the hash of the call's.
CREATE TABLE call_searches (
    id INTEGER PRIMARY KEY,
    searches INTEGER NOT NULL
) STRICT;

-- What results say of searches is read once: no file is the one that it was.
UPDATE source_file SET device = -1, inode = -1;
