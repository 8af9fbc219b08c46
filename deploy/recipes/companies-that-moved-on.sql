-- Which companies entered one segment after they had left another, and how long after?
-- Entering and leaving are told by neighbouring published days.
WITH chosen AS (
    SELECT 'Trial companies' AS from_segment, 'Paying companies' AS to_segment -- change these
), days AS (
    SELECT dt, lag(dt) OVER (ORDER BY dt) AS before_dt
    FROM published WHERE table_name = 'company_segment'
), members AS (
    SELECT DISTINCT m.dt, m.company_id, s.name AS segment
    FROM company_segment m JOIN segment s ON s.id = m.segment_id AND s.dt = m.dt
), departures AS (
    SELECT d.dt, was.company_id
    FROM chosen c
    JOIN members was ON was.segment = c.from_segment
    JOIN days d ON d.before_dt = was.dt
    LEFT JOIN members still ON still.dt = d.dt AND still.company_id = was.company_id AND still.segment = was.segment
    WHERE still.company_id IS NULL
), arrivals AS (
    SELECT d.dt, m.company_id
    FROM chosen c
    JOIN members m ON m.segment = c.to_segment
    JOIN days d ON d.dt = m.dt
    LEFT JOIN members was ON was.dt = d.before_dt AND was.company_id = m.company_id AND was.segment = m.segment
    WHERE d.before_dt IS NOT NULL AND was.company_id IS NULL
), moves AS (
    SELECT a.company_id, max(p.dt) AS left_on, a.dt AS entered_on
    FROM arrivals a JOIN departures p ON p.company_id = a.company_id AND p.dt <= a.dt
    GROUP BY a.company_id, a.dt
)
SELECT m.entered_on, m.left_on, date_diff('day', m.left_on, m.entered_on) AS days_between, m.company_id, c.name
FROM company c RIGHT JOIN moves m ON c.id = m.company_id AND c.dt = m.entered_on
ORDER BY m.entered_on, m.company_id
