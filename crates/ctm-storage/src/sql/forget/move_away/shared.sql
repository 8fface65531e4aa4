SELECT event.*, winner_file_id IN chosen_file AS winner_leaves, origin_file_id IN chosen_file AS origin_leaves
FROM chosen CROSS JOIN event ON event.id = event_id
WHERE is_shared AND (winner_file_id IN chosen_file OR origin_file_id IN chosen_file)
