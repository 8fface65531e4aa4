-- Targets become budgets of all usage: a record for each span that has a target, with the name of its span.
INSERT OR IGNORE INTO personal_record (kind, id, created_at_ms, changed_at_ms, content)
SELECT 'budget', span.key, target.created_at_ms, target.changed_at_ms,
    json_object('name', 'per ' || span.key, 'usd', span.value, 'per', span.key, 'by', '')
FROM personal_record AS target,
    json_each(CASE WHEN json_valid(target.content) THEN target.content ELSE '{}' END) AS span
WHERE target.kind = 'target'
    AND span.type = 'text'
    AND span.key IN ('block', 'day', 'week', 'month');

DELETE FROM personal_record WHERE kind = 'target';
