-- Where do those who leave a segment go, and where do those who join come from?
-- Counts contacts who left one segment and joined another between the same two
-- neighbouring days, over the last 30 days. Of each segment, days on which it is
-- not proven are passed over.
WITH members AS (
    SELECT m.dt, m.contact_id, m.segment_id
    FROM contact_segment m
    WHERE m.dt >= (SELECT coalesce(max(dt), DATE '0001-01-01') FROM published
        WHERE table_name = 'contact_segment' AND complete
            AND dt <= (SELECT CAST(max(dt) - INTERVAL '30' DAY AS date) FROM published WHERE table_name = 'contact_segment' AND complete))
), lists AS (
    SELECT DISTINCT id AS segment_id FROM segment
    WHERE dt >= (SELECT coalesce(max(dt), DATE '0001-01-01') FROM published
        WHERE table_name = 'contact_segment' AND complete
            AND dt <= (SELECT CAST(max(dt) - INTERVAL '30' DAY AS date) FROM published WHERE table_name = 'contact_segment' AND complete))
), days AS (
    SELECT s.segment_id, p.dt, lag(p.dt) OVER (PARTITION BY s.segment_id ORDER BY p.dt) AS before_dt
    FROM published p CROSS JOIN lists s
    WHERE p.table_name = 'contact_segment' AND (p.complete OR strpos(' ' || p.unproven || ' ', ' ' || s.segment_id || ' ') = 0)
), recent AS (
    SELECT segment_id, dt, before_dt FROM days
    WHERE before_dt IS NOT NULL AND dt > (SELECT CAST(max(dt) - INTERVAL '30' DAY AS date) FROM published
        WHERE table_name = 'contact_segment' AND (complete OR unproven IS NOT NULL))
), departures AS (
    SELECT r.dt, m.contact_id, m.segment_id
    FROM members m
    JOIN recent r ON r.before_dt = m.dt AND r.segment_id = m.segment_id
    LEFT JOIN members still ON still.dt = r.dt AND still.contact_id = m.contact_id AND still.segment_id = m.segment_id
    WHERE still.contact_id IS NULL
), arrivals AS (
    SELECT r.dt, m.contact_id, m.segment_id
    FROM members m
    JOIN recent r ON r.dt = m.dt AND r.segment_id = m.segment_id
    LEFT JOIN members was ON was.dt = r.before_dt AND was.contact_id = m.contact_id AND was.segment_id = m.segment_id
    WHERE was.contact_id IS NULL
), flows AS (
    SELECT p.segment_id AS left_segment_id, a.segment_id AS joined_segment_id, count(*) AS contacts
    FROM departures p
    JOIN arrivals a ON a.dt = p.dt AND a.contact_id = p.contact_id
    GROUP BY p.segment_id, a.segment_id
), names AS (
    SELECT id, name FROM segment WHERE dt = (SELECT max(dt) FROM published WHERE table_name = 'segment')
)
SELECT x.name AS left_segment, y.name AS joined_segment, f.contacts, f.left_segment_id, f.joined_segment_id
FROM flows f
LEFT JOIN names x ON x.id = f.left_segment_id
LEFT JOIN names y ON y.id = f.joined_segment_id
ORDER BY f.contacts DESC, left_segment, joined_segment, f.left_segment_id, f.joined_segment_id
