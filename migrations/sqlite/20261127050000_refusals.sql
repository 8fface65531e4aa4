-- Lines of refusals before any output whose category is not known to be billed or not.
ALTER TABLE source_file ADD COLUMN unknown_refusals INTEGER NOT NULL DEFAULT 0;

-- A refusal that is not billed was counted as a response, and nothing that is stored tells it from another
-- response without output. So these are left to their transcripts, which are read again; where a transcript
-- is gone, what is stored stays.
DELETE FROM event
WHERE part = 0 AND final = 1 AND output = 0 AND winner_more_output = 0
  AND winner_file_id IN (SELECT id FROM source_file WHERE gone = 0)
  AND NOT EXISTS (SELECT 1 FROM event AS later
                  WHERE later.key_hash = event.key_hash AND later.key = event.key AND later.part > 0);
DELETE FROM superseded WHERE event_id NOT IN (SELECT id FROM event);
DELETE FROM claim WHERE event_id NOT IN (SELECT id FROM event);
DELETE FROM tool_call WHERE event_id NOT IN (SELECT id FROM event);
UPDATE source_file SET device = -1, inode = -1;
