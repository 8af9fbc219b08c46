-- Which companies entered one segment after they had left another, and how long after?
-- Segments are known by their newest names.
WITH chosen AS (
    SELECT 'Trial companies' AS from_segment, 'Paying companies' AS to_segment -- change these
), names AS (
    SELECT id, max_by(name, dt) AS name FROM segment GROUP BY id
), departures AS (
    SELECT h.dt, h.company_id, h.segment_id
    FROM company_segment_change h
    JOIN names s ON s.id = h.segment_id
    JOIN chosen c ON c.from_segment = s.name
    WHERE h.change = 'left'
), arrivals AS (
    SELECT h.dt, h.company_id, h.segment_id
    FROM company_segment_change h
    JOIN names s ON s.id = h.segment_id
    JOIN chosen c ON c.to_segment = s.name
    WHERE h.change = 'joined'
), moves AS (
    SELECT a.company_id, max(p.dt) AS left_on, a.dt AS entered_on, p.segment_id AS from_segment_id, a.segment_id AS to_segment_id
    FROM arrivals a JOIN departures p ON p.company_id = a.company_id AND p.dt <= a.dt
    GROUP BY a.company_id, a.dt, p.segment_id, a.segment_id
)
SELECT m.entered_on, m.left_on, date_diff('day', m.left_on, m.entered_on) AS days_between, m.company_id, c.name,
    m.from_segment_id, m.to_segment_id
FROM company c RIGHT JOIN moves m ON c.id = m.company_id AND c.dt = m.entered_on
ORDER BY m.entered_on, m.company_id, m.from_segment_id, m.to_segment_id
