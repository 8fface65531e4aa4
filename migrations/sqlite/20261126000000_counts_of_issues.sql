-- Lines with a flaw, by kind, are counted with their transcript; of the lines that a person may want to
-- look at, the first hundred of each transcript are kept in line_issue. A transcript of nothing but
-- broken lines took a row for each of them.
-- Lines that are skipped for an issue are counted in skipped_line.

ALTER TABLE source_file ADD COLUMN recovered INTEGER NOT NULL DEFAULT 0;
ALTER TABLE source_file ADD COLUMN bad_counts INTEGER NOT NULL DEFAULT 0;
ALTER TABLE source_file ADD COLUMN iterations_below_total INTEGER NOT NULL DEFAULT 0;

UPDATE source_file SET
    recovered = (SELECT count(*) FROM line_issue WHERE file_id = source_file.id AND kind = 'recovered'),
    bad_counts = (SELECT count(*) FROM line_issue WHERE file_id = source_file.id AND kind = 'bad_count'),
    iterations_below_total =
        (SELECT count(*) FROM line_issue WHERE file_id = source_file.id AND kind = 'iterations_below_total')
WHERE id IN (SELECT file_id FROM line_issue);

DELETE FROM line_issue WHERE (file_id, offset_bytes, kind) IN (
    SELECT file_id, offset_bytes, kind
    FROM (SELECT file_id, offset_bytes, kind,
                 row_number() OVER (PARTITION BY file_id ORDER BY offset_bytes, kind) AS number
          FROM line_issue)
    WHERE number > 100
);
