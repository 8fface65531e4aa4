INSERT INTO source_file (id, home_id, path, device, inode, size_bytes, modified_ns, offset_bytes, head_hash,
                         tail_hash, cwd, agent_id, lines, copies, forgotten, recovered, bad_counts,
                         iterations_below_total, zones_assumed, gone, tail)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (id) DO UPDATE SET
    device = excluded.device, inode = excluded.inode, size_bytes = excluded.size_bytes,
    modified_ns = excluded.modified_ns, offset_bytes = excluded.offset_bytes,
    head_hash = excluded.head_hash, tail_hash = excluded.tail_hash, cwd = excluded.cwd,
    agent_id = excluded.agent_id, lines = lines + excluded.lines,
    copies = copies + excluded.copies, forgotten = forgotten + excluded.forgotten,
    recovered = recovered + excluded.recovered,
    bad_counts = bad_counts + excluded.bad_counts,
    iterations_below_total = iterations_below_total + excluded.iterations_below_total,
    zones_assumed = zones_assumed + excluded.zones_assumed, gone = 0, tail = excluded.tail
