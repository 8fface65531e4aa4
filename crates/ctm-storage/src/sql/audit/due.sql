-- Transcripts of a home by what Claude Code's clean-up does to them, with the paths of those that have a pending line.
-- A file that was not read to its end has the size 0. The session of a transcript is part of its path.
WITH desktop AS (
    SELECT DISTINCT uuid
    FROM conversation
    JOIN term ON term.id = entrypoint_id
    JOIN session ON session.id = session_id
    WHERE text = 'claude-desktop'
),
there AS (
    SELECT path, size_bytes, offset_bytes, tail, modified_ns < ?2 AS is_old,
           modified_ns < ifnull(?3, -9223372036854775808) AS is_old_for_desktop,
           ?4 OR EXISTS (SELECT 1 FROM desktop WHERE instr(path, uuid) > 0) AS of_desktop
    FROM source_file JOIN home ON home.id = home_id
    WHERE root = ?1 AND gone = 0 AND modified_ns < max(?2, ifnull(?3, ?2))
),
classed AS (
    SELECT path,
           CASE
               WHEN of_desktop AND NOT is_old_for_desktop THEN 'kept'
               WHEN NOT of_desktop AND NOT is_old THEN 'recent'
               WHEN offset_bytes = size_bytes OR tail IS NOT NULL THEN 'stored'
               WHEN offset_bytes < size_bytes THEN 'pending'
               ELSE 'partial'
           END AS class
    FROM there
)
SELECT class, CASE WHEN class = 'pending' THEN path END AS pending, count(*)
FROM classed
WHERE class <> 'recent'
GROUP BY 1, 2
ORDER BY 1, 2
