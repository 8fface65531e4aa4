-- Of a hook: the event that it ran at, such as PreToolUse, NULL in the summary of a turn, which is of Stop; and how it
-- ended, NULL where no line says it.
ALTER TABLE session_record ADD COLUMN event_id INTEGER REFERENCES term (id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE session_record ADD COLUMN outcome TEXT;

-- Earlier readers skipped the lines with these: no file matches its checkpoint, so each is read from its beginning.
UPDATE source_file SET device = -1, inode = -1;
