-- Of the users who got a tag, how many reached a segment within 30 days?
-- By the week in which they got the tag. Those who had it in the first snapshot
-- are left out, for nobody knows since when. So are those in the segment before
-- they got the tag. A week less than 30 days ago is not over yet.
WITH chosen AS (
    SELECT 'refund' AS tag, 'Slipping away' AS segment, 30 AS within_days -- change these
), first_day AS (
    SELECT min(dt) AS dt, max(dt) AS last_dt FROM published WHERE table_name = 'contact_tag'
), tagged AS (
    SELECT m.contact_id, min(m.dt) AS tagged_on
    FROM contact_tag m
    JOIN tag t ON t.id = m.tag_id AND t.dt = m.dt
    JOIN chosen c ON c.tag = t.name
    GROUP BY m.contact_id
), reached AS (
    SELECT m.contact_id, min(m.dt) AS reached_on
    FROM contact_segment m
    JOIN segment s ON s.id = m.segment_id AND s.dt = m.dt
    JOIN chosen c ON c.segment = s.name
    GROUP BY m.contact_id
), users AS (
    SELECT t.contact_id, CAST(date_trunc('week', t.tagged_on) AS date) AS week, date_diff('day', t.tagged_on, r.reached_on) AS days_to,
        date_diff('day', t.tagged_on, f.last_dt) AS days_seen, c.within_days
    FROM tagged t
    CROSS JOIN chosen c
    CROSS JOIN first_day f
    LEFT JOIN reached r ON r.contact_id = t.contact_id
    WHERE t.tagged_on > f.dt AND (r.reached_on IS NULL OR r.reached_on >= t.tagged_on)
)
SELECT week, count(*) AS tagged_users,
    count(CASE WHEN days_to <= within_days THEN 1 END) AS reached_it,
    round(CAST(100 * count(CASE WHEN days_to <= within_days THEN 1 END) AS double) / count(*), 1) AS percent_reached,
    min(days_seen) >= max(within_days) AS is_over
FROM users
GROUP BY week
ORDER BY week
