SELECT count(*) AS requests, max(at_ms) AS last_ms, count(event_id) AS joined,
       count(*) FILTER (WHERE contested) AS contested,
       (SELECT count(*) FROM witness CROSS JOIN event ON event.id = event_id WHERE witness_output IS NOT NULL) AS completed,
       (SELECT count(*) FROM event WHERE part = 0 AND request IS NOT NULL
        AND at_ms >= (SELECT min(min(witness.at_ms, coalesce(event.at_ms, witness.at_ms)))
                      FROM witness LEFT JOIN event ON event.id = event_id)) AS responses_since
FROM witness
