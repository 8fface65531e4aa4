INSERT INTO worktree (path, repository)
VALUES (?, ?)
ON CONFLICT (path) DO UPDATE SET repository = excluded.repository
WHERE excluded.repository < repository
