-- Which days are there, and which are missing or not complete?
-- A gap is the number of days without a snapshot before this one. Gaps cannot be
-- filled later: Intercom shows the present only.
SELECT table_name, dt, row_count, complete,
    date_diff('day', lag(dt) OVER (PARTITION BY table_name ORDER BY dt), dt) - 1 AS gap
FROM published
WHERE table_name IN ('contact_segment', 'company_segment')
ORDER BY table_name, dt
