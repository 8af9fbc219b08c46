-- Of the users who got a tag, how many reached a segment within 30 days?
-- By the week in which they got the tag. Those who had it by the first day that is proven
-- are left out, for nobody knows since when. So are those in the segment before
-- they got the tag. A week less than 30 days ago is not over yet. Tags and
-- segments are known by their newest names, and a name that several share means all of them.
WITH chosen AS (
    SELECT 'refund' AS tag, 'Slipping away' AS segment, 30 AS within_days -- change these
), tags AS (
    SELECT t.id FROM (SELECT id, max_by(name, dt) AS name FROM tag GROUP BY id) t JOIN chosen c ON c.tag = t.name
), segments AS (
    SELECT s.id FROM (SELECT id, max_by(name, dt) AS name FROM segment GROUP BY id) s JOIN chosen c ON c.segment = s.name
), last_day AS (
    SELECT max(dt) AS dt FROM published WHERE table_name = 'contact_segment'
), tagged_before AS (
    SELECT m.contact_id FROM contact_tag m JOIN tags t ON t.id = m.tag_id
    WHERE m.dt <= (SELECT coalesce(min(CASE WHEN complete THEN dt END), max(dt)) FROM published WHERE table_name = 'contact_tag')
), tagged AS (
    SELECT h.contact_id, min(h.dt) AS tagged_on
    FROM contact_tag_change h JOIN tags t ON t.id = h.tag_id
    WHERE h.change = 'joined' GROUP BY h.contact_id
), entered AS (
    SELECT m.contact_id, m.dt FROM contact_segment m JOIN segments s ON s.id = m.segment_id
    WHERE m.dt <= (SELECT coalesce(min(CASE WHEN complete THEN dt END), max(dt)) FROM published WHERE table_name = 'contact_segment')
    UNION ALL
    SELECT h.contact_id, h.dt FROM contact_segment_change h JOIN segments s ON s.id = h.segment_id
    WHERE h.change = 'joined'
), reached AS (
    SELECT contact_id, min(dt) AS reached_on FROM entered GROUP BY contact_id
), users AS (
    SELECT t.contact_id, CAST(date_trunc('week', t.tagged_on) AS date) AS week, date_diff('day', t.tagged_on, r.reached_on) AS days_to,
        date_diff('day', t.tagged_on, l.dt) AS days_seen, c.within_days
    FROM tagged t
    LEFT JOIN tagged_before b ON b.contact_id = t.contact_id
    LEFT JOIN reached r ON r.contact_id = t.contact_id
    CROSS JOIN chosen c
    CROSS JOIN last_day l
    WHERE b.contact_id IS NULL AND (r.reached_on IS NULL OR r.reached_on >= t.tagged_on)
)
SELECT week, count(*) AS tagged_users,
    count(CASE WHEN days_to <= within_days THEN 1 END) AS reached_it,
    round(CAST(100 * count(CASE WHEN days_to <= within_days THEN 1 END) AS double) / count(*), 1) AS percent_reached,
    min(days_seen) >= max(within_days) AS is_over
FROM users
GROUP BY week
ORDER BY week
