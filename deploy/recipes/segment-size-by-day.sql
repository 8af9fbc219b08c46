-- How large is each segment, day by day?
-- Contacts and companies alike. A segment without members counts as zero, one whose
-- members were not read on a day as null, and one of a day that is not complete may
-- have more. It has its newest name on all days. A day without a snapshot is not there.
WITH contacts AS (
    SELECT dt, segment_id, count(*) AS n FROM contact_segment GROUP BY dt, segment_id
), companies AS (
    SELECT dt, segment_id, count(*) AS n FROM company_segment GROUP BY dt, segment_id
), days AS (
    SELECT dt, max(CASE WHEN table_name = 'contact_segment' THEN 0 END) AS no_contacts,
        max(CASE WHEN table_name = 'company_segment' THEN 0 END) AS no_companies, min(CASE WHEN complete THEN 1 ELSE 0 END) = 1 AS complete
    FROM published WHERE table_name IN ('contact_segment', 'company_segment') GROUP BY dt
), names AS (
    SELECT id, max_by(name, dt) AS name FROM segment GROUP BY id
)
SELECT x.name AS segment, s.dt, coalesce(c.n, d.no_contacts) AS contacts, coalesce(o.n, d.no_companies) AS companies,
    s.id AS segment_id, d.complete
FROM segment s
JOIN names x ON x.id = s.id
LEFT JOIN days d ON d.dt = s.dt
LEFT JOIN contacts c ON c.segment_id = s.id AND c.dt = s.dt
LEFT JOIN companies o ON o.segment_id = s.id AND o.dt = s.dt
ORDER BY segment, s.id, s.dt
