INSERT INTO call_searches (id, searches)
SELECT value ->> 0, value ->> 1 FROM json_each(?1) WHERE true
ON CONFLICT (id) DO UPDATE SET searches = excluded.searches WHERE excluded.searches > searches
RETURNING id
