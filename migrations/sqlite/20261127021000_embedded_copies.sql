-- A message of a subagent that a progress record of its parent embeds is a copy of its response, which
-- a line of the subagent's own transcript precedes where both say the same.

ALTER TABLE event ADD COLUMN winner_embedded INTEGER NOT NULL DEFAULT 0;
ALTER TABLE superseded ADD COLUMN embedded INTEGER NOT NULL DEFAULT 0;
DROP TABLE IF EXISTS embedded_response_with_text;
DROP TABLE embedded_response;

-- The last line of the file, if it has no line feed and is a whole record all the same: `copy`, or the
-- reason for which it is none. It is not among `lines`, because it is read again.
ALTER TABLE source_file ADD COLUMN tail TEXT;

-- Lines whose time has no zone and is taken as UTC.
ALTER TABLE source_file ADD COLUMN zones_assumed INTEGER NOT NULL DEFAULT 0;

-- What was left out so far is read again, once: no file is the one that it was.
UPDATE source_file SET device = -1, inode = -1;
