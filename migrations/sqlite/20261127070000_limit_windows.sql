-- Limits of single models and of spending: how long a window is does not tell it from others any more.
ALTER TABLE limit_sample ADD COLUMN name TEXT NOT NULL DEFAULT '';
UPDATE limit_sample SET name = CASE window_hours WHEN 5 THEN 'five_hour' ELSE 'seven_day' END
WHERE window_hours IN (5, 168);
