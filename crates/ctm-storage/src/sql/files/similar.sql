SELECT one.root, other.root, count(*) FROM home AS one
CROSS JOIN source_file ON source_file.home_id = one.id
CROSS JOIN home AS other ON other.id <> one.id AND other.root > one.root
CROSS JOIN source_file AS same ON same.home_id = other.id AND same.path = source_file.path
GROUP BY one.id, other.id ORDER BY one.root, other.root
