SELECT home.id AS home_id, root, count(*) AS files, sum(gone) AS gone, sum(lines) + count(tail) AS read,
       sum(copies) + count(*) FILTER (WHERE tail = 'copy') AS copies, sum(forgotten) AS forgotten
FROM source_file JOIN home ON home.id = home_id GROUP BY home.id ORDER BY root
