-- How many days does a contact stay in a segment, at the median?
-- A stay is a run of neighbouring published days. Only whole stays count: those
-- that began after the first snapshot and ended before the last. The median is
-- the stay in the middle, the shorter one of two.
WITH days AS (
    SELECT dt, row_number() OVER (ORDER BY dt) AS n
    FROM published WHERE table_name = 'contact_segment'
), members AS (
    SELECT m.segment_id, m.contact_id, d.dt, d.n,
        d.n - row_number() OVER (PARTITION BY m.segment_id, m.contact_id ORDER BY d.n) AS stay
    FROM contact_segment m JOIN days d ON d.dt = m.dt
), stays AS (
    SELECT segment_id, contact_id, min(n) AS first_n, max(n) AS last_n,
        date_diff('day', min(dt), max(dt)) + 1 AS days_in
    FROM members GROUP BY segment_id, contact_id, stay
), whole AS (
    SELECT segment_id, days_in,
        row_number() OVER (PARTITION BY segment_id ORDER BY days_in) AS place,
        count(*) OVER (PARTITION BY segment_id) AS stays
    FROM stays
    WHERE first_n > 1 AND last_n < (SELECT max(n) FROM days)
), names AS (
    SELECT id, name FROM segment WHERE dt = (SELECT max(dt) FROM published WHERE table_name = 'segment')
)
SELECT s.name AS segment, w.stays, w.days_in AS median_days
FROM whole w JOIN names s ON s.id = w.segment_id
WHERE w.place = (w.stays + 1 - (w.stays + 1) % 2) / 2
ORDER BY s.name
