SELECT max(id), json_group_array(json_array(home_id, path, device, inode, size_bytes,
       modified_ns, offset_bytes, gone, agent_kind_missing))
FROM (SELECT source_file.*, agent_id IS NOT NULL AND agent.kind IS NULL AS agent_kind_missing
      FROM source_file LEFT JOIN agent ON agent.id = source_file.agent_id
      WHERE source_file.id > ?1 ORDER BY source_file.id LIMIT ?2)
