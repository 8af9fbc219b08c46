-- How large is each segment, day by day?
-- Contacts and companies alike. A segment without members counts as zero. A day
-- without a snapshot is not there at all.
WITH contacts AS (
    SELECT dt, segment_id, count(*) AS n FROM contact_segment GROUP BY dt, segment_id
), companies AS (
    SELECT dt, segment_id, count(*) AS n FROM company_segment GROUP BY dt, segment_id
)
SELECT s.name AS segment, s.dt, coalesce(c.n, 0) AS contacts, coalesce(o.n, 0) AS companies
FROM segment s
LEFT JOIN contacts c ON c.segment_id = s.id AND c.dt = s.dt
LEFT JOIN companies o ON o.segment_id = s.id AND o.dt = s.dt
ORDER BY s.name, s.dt
