SELECT id, root FROM home
UNION ALL
SELECT -id, 'machine:' || name || CASE
           WHEN EXISTS (SELECT 1 FROM machine AS other WHERE other.name = machine.name AND other.id <> machine.id)
           THEN ' ' || substr(uid, 1, 8) ELSE '' END
FROM machine
