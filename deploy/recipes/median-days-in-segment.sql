-- How many days does a contact stay in a segment, at the median?
-- Only whole stays count: those that began after the first day that is proven and have
-- ended. A day that is missing or not proven ends none. The median is the stay in
-- the middle, the shorter one of two.
WITH stays AS (
    SELECT segment_id, days_in FROM contact_segment_change
    GROUP BY contact_id, segment_id, first_day, days_in HAVING count(*) = 2 -- joined, and left
), whole AS (
    SELECT segment_id, days_in,
        row_number() OVER (PARTITION BY segment_id ORDER BY days_in) AS place,
        count(*) OVER (PARTITION BY segment_id) AS stays
    FROM stays
), names AS (
    SELECT id, max_by(name, dt) AS name FROM segment GROUP BY id
)
SELECT s.name AS segment, w.stays, w.days_in AS median_days, w.segment_id
FROM whole w LEFT JOIN names s ON s.id = w.segment_id
WHERE w.place = (w.stays + 1 - (w.stays + 1) % 2) / 2
ORDER BY segment, w.segment_id
