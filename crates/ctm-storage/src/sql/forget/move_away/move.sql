UPDATE event SET at_ms = ?3, origin_file_id = ?4, origin_offset_bytes = ?5, winner_file_id = ?6,
    winner_offset_bytes = ?7, winner_after_ms = ?8, winner_more_output = ?9 - output, final = ?10,
    winner_sidechain = ?11, winner_in_own_file = ?12, winner_embedded = ?13
WHERE key_hash = ?1 AND key = ?2
