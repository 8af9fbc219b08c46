-- Who joined and who left a segment in the last seven days?
-- Each day is compared with the day before it on which the segment is proven,
-- however long ago that was, so that a day that is missing or not proven neither
-- empties nor refills it: what changed on it is shown on the next.
WITH chosen AS (
    SELECT 'Active users' AS segment -- change this
), wanted AS (
    SELECT s.id FROM segment s JOIN chosen c ON c.segment = s.name
    WHERE s.dt = (SELECT max(dt) FROM published WHERE table_name = 'segment')
), days AS (
    SELECT w.id AS segment_id, p.dt, lag(p.dt) OVER (PARTITION BY w.id ORDER BY p.dt) AS before_dt
    FROM published p CROSS JOIN wanted w
    WHERE p.table_name = 'contact_segment' AND (p.complete OR strpos(' ' || p.unproven || ' ', ' ' || w.id || ' ') = 0)
), recent AS (
    SELECT segment_id, dt, before_dt FROM days
    WHERE dt > (SELECT CAST(max(dt) - INTERVAL '7' DAY AS date) FROM published
        WHERE table_name = 'contact_segment' AND (complete OR unproven IS NOT NULL))
), members AS (
    SELECT DISTINCT m.dt, m.contact_id, m.segment_id
    FROM contact_segment m
    JOIN wanted w ON w.id = m.segment_id
    WHERE m.dt >= (SELECT coalesce(max(dt), DATE '0001-01-01') FROM published
        WHERE table_name = 'contact_segment' AND complete
            AND dt <= (SELECT CAST(max(dt) - INTERVAL '7' DAY AS date) FROM published WHERE table_name = 'contact_segment' AND complete))
), changes AS (
    SELECT r.dt, 'joined' AS change, now_in.contact_id, now_in.segment_id
    FROM recent r
    JOIN members now_in ON now_in.dt = r.dt AND now_in.segment_id = r.segment_id
    LEFT JOIN members was_in ON was_in.dt = r.before_dt AND was_in.contact_id = now_in.contact_id AND was_in.segment_id = now_in.segment_id
    WHERE r.before_dt IS NOT NULL AND was_in.contact_id IS NULL
    UNION ALL
    SELECT r.dt, 'left' AS change, was_in.contact_id, was_in.segment_id
    FROM recent r
    JOIN members was_in ON was_in.dt = r.before_dt AND was_in.segment_id = r.segment_id
    LEFT JOIN members now_in ON now_in.dt = r.dt AND now_in.contact_id = was_in.contact_id AND now_in.segment_id = was_in.segment_id
    WHERE now_in.contact_id IS NULL
), latest AS (
    SELECT c.id, c.name, row_number() OVER (PARTITION BY c.id ORDER BY c.dt DESC) AS newest
    FROM contact c
    WHERE c.dt >= (SELECT coalesce(max(dt), DATE '0001-01-01') FROM published
        WHERE table_name = 'contact_segment' AND complete
            AND dt <= (SELECT CAST(max(dt) - INTERVAL '7' DAY AS date) FROM published WHERE table_name = 'contact_segment' AND complete))
)
SELECT h.dt, h.change, h.contact_id, l.name, h.segment_id
FROM changes h
LEFT JOIN latest l ON l.id = h.contact_id AND l.newest = 1
ORDER BY h.dt, h.change, h.contact_id, h.segment_id
