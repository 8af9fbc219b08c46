-- How large is each segment, day by day?
-- Contacts and companies alike. A segment without members counts as zero, and
-- bears its newest name on all days. A day without a snapshot is not there at all.
WITH contacts AS (
    SELECT dt, segment_id, count(*) AS n FROM contact_segment GROUP BY dt, segment_id
), companies AS (
    SELECT dt, segment_id, count(*) AS n FROM company_segment GROUP BY dt, segment_id
), names AS (
    SELECT id, max_by(name, dt) AS name FROM segment GROUP BY id
)
SELECT x.name AS segment, s.dt, coalesce(c.n, 0) AS contacts, coalesce(o.n, 0) AS companies, s.id AS segment_id
FROM segment s
JOIN names x ON x.id = s.id
LEFT JOIN contacts c ON c.segment_id = s.id AND c.dt = s.dt
LEFT JOIN companies o ON o.segment_id = s.id AND o.dt = s.dt
ORDER BY segment, s.id, s.dt
