SELECT event_id, root, at_ms, billing.* FROM refused
CROSS JOIN event ON event.id = event_id
JOIN billing ON billing.id = billing_id AND refusal <> ''
JOIN source_file ON source_file.id = winner_file_id
JOIN home ON home.id = home_id
