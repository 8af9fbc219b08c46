-- Who is in a segment today?
-- Today is the newest day that is published, which the column dt names.
WITH chosen AS (
    SELECT 'Paying' AS segment -- change this
), wanted AS (
    SELECT s.id FROM segment s JOIN chosen c ON c.segment = s.name
    WHERE s.dt = (SELECT max(dt) FROM published WHERE table_name = 'segment')
), people AS (
    SELECT id, name, email FROM contact
    WHERE dt = (SELECT max(dt) FROM published WHERE table_name = 'contact')
)
SELECT m.dt, m.contact_id, p.name, p.email, m.segment_id
FROM contact_segment m
JOIN wanted w ON w.id = m.segment_id
LEFT JOIN people p ON p.id = m.contact_id
WHERE m.dt = (SELECT max(dt) FROM published WHERE table_name = 'contact_segment')
ORDER BY m.contact_id, m.segment_id
