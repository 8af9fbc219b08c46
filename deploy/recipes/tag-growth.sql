-- How does each tag grow from week to week, on contacts and on companies?
-- A week is told by its last published day.
WITH week_ends AS (
    SELECT max(dt) AS dt FROM published WHERE table_name = 'contact_tag'
    GROUP BY date_trunc('week', dt)
), on_contacts AS (
    SELECT tag_id, dt, count(*) AS n FROM contact_tag
    WHERE dt IN (SELECT dt FROM week_ends) GROUP BY tag_id, dt
), on_companies AS (
    SELECT tag_id, dt, count(*) AS n FROM company_tag
    WHERE dt IN (SELECT dt FROM week_ends) GROUP BY tag_id, dt
), sizes AS (
    SELECT t.id, t.name, t.dt, coalesce(c.n, 0) AS contacts, coalesce(o.n, 0) AS companies
    FROM tag t
    JOIN week_ends w ON w.dt = t.dt
    LEFT JOIN on_contacts c ON c.tag_id = t.id AND c.dt = t.dt
    LEFT JOIN on_companies o ON o.tag_id = t.id AND o.dt = t.dt
)
SELECT name AS tag, dt AS week_until, contacts,
    contacts - lag(contacts) OVER (PARTITION BY id ORDER BY dt) AS more_contacts,
    companies,
    companies - lag(companies) OVER (PARTITION BY id ORDER BY dt) AS more_companies
FROM sizes
ORDER BY name, dt
