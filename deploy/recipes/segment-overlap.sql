-- How far do segments overlap today?
-- Today is the last day that is proven, but for some segments, which are left out. The
-- share is of the smaller segment: 100 means that it lies within the other. A segment
-- that has no name any more is called by its id.
WITH today AS (
    SELECT m.segment_id, m.contact_id FROM contact_segment m
    JOIN published p ON p.dt = m.dt AND p.table_name = 'contact_segment'
    WHERE m.dt = (SELECT max(dt) FROM published WHERE table_name = 'contact_segment' AND (complete OR unproven IS NOT NULL))
        AND (p.complete OR strpos(' ' || p.unproven || ' ', ' ' || m.segment_id || ' ') = 0)
), sizes AS (
    SELECT segment_id, count(*) AS n FROM today GROUP BY segment_id
), pairs AS (
    SELECT a.segment_id AS one, b.segment_id AS other, count(*) AS n
    FROM today a JOIN today b ON b.contact_id = a.contact_id AND b.segment_id > a.segment_id
    GROUP BY a.segment_id, b.segment_id
), names AS (
    SELECT id, name FROM segment WHERE dt = (SELECT max(dt) FROM published WHERE table_name = 'segment')
)
SELECT least(coalesce(x.name, p.one), coalesce(y.name, p.other)) AS segment, greatest(coalesce(x.name, p.one), coalesce(y.name, p.other)) AS other_segment, p.n AS in_both,
    round(CAST(100 * p.n AS double) / least(sx.n, sy.n), 1) AS percent_of_smaller
FROM pairs p
JOIN sizes sx ON sx.segment_id = p.one LEFT JOIN names x ON x.id = p.one
JOIN sizes sy ON sy.segment_id = p.other LEFT JOIN names y ON y.id = p.other
ORDER BY in_both DESC, segment, other_segment
