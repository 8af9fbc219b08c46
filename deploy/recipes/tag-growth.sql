-- How does each tag grow from week to week, on contacts and on companies?
-- A week is measured on its last day on which all contacts are proven to be there. Companies
-- that are not, on that day, count as null. A tag has its newest name.
WITH week_ends AS (
    SELECT max(dt) AS dt FROM published WHERE table_name = 'contact_tag' AND complete
    GROUP BY date_trunc('week', dt)
), on_contacts AS (
    SELECT tag_id, dt, count(*) AS n FROM contact_tag
    WHERE dt IN (SELECT dt FROM week_ends) GROUP BY tag_id, dt
), on_companies AS (
    SELECT tag_id, dt, count(*) AS n FROM company_tag
    WHERE dt IN (SELECT dt FROM week_ends) GROUP BY tag_id, dt
), listed AS (
    SELECT t.id, t.name, t.dt FROM tag t JOIN week_ends w ON w.dt = t.dt
), names AS (
    SELECT id, max_by(name, dt) AS name FROM listed GROUP BY id
), sizes AS (
    SELECT t.id, t.dt, coalesce(c.n, 0) AS contacts, CASE WHEN p.dt IS NOT NULL THEN coalesce(o.n, 0) END AS companies
    FROM listed t
    LEFT JOIN (SELECT dt FROM published WHERE table_name = 'company_tag' AND complete) p ON p.dt = t.dt
    LEFT JOIN on_contacts c ON c.tag_id = t.id AND c.dt = t.dt
    LEFT JOIN on_companies o ON o.tag_id = t.id AND o.dt = t.dt
)
SELECT x.name AS tag, s.dt AS week_until, s.contacts,
    s.contacts - lag(s.contacts) OVER (PARTITION BY s.id ORDER BY s.dt) AS more_contacts,
    s.companies,
    s.companies - lag(s.companies) OVER (PARTITION BY s.id ORDER BY s.dt) AS more_companies,
    s.id AS tag_id
FROM sizes s JOIN names x ON x.id = s.id
ORDER BY tag, s.id, s.dt
