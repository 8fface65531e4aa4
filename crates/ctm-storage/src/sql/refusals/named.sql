SELECT event.id AS event_id, event.at_ms, category, billing.* FROM refused
CROSS JOIN refusal USING (request)
CROSS JOIN event AS first ON first.id = event_id
CROSS JOIN event ON event.key_hash = first.key_hash AND event.key = first.key
CROSS JOIN billing ON billing.id = coalesce(event.logged_billing_id, event.billing_id) AND refusal = ?1
