package main

import (
	"strings"

	"intercom-connector/membership/tables"
)

// changes are the views of who joined a list and who left it: a segment, or a tag.
func changes() (all []relation) {
	for _, c := range tables.Memberships() {
		all = append(all, relation{
			name: c.Table + "_change",
			columns: []column{
				dayColumn,
				{name: "change", sql: "varchar"},
				{name: c.Member, sql: "varchar"},
				{name: c.List, sql: "varchar"},
				{name: "first_day", sql: "date"},
				{name: "last_day", sql: "date"},
				{name: "days_in", sql: "bigint"},
			},
			view: strings.NewReplacer("{table}", c.Table, "{member}", c.Member, "{list}", c.List).Replace(strings.Join(strings.Fields(changeView), " ")),
		})
	}
	return all
}

// changeView comes to what the lake's own views come to in DuckDB, see package
// views: a day that is missing, or on which the list is not proven, lets nobody
// leave. A stay ends on the first day after a member was seen whose list is proven
// and does not hold it; it has begun where it begins after the first day on which the
// list is proven.
const changeView = `
WITH days AS (
    SELECT CAST(dt AS date) AS dt, complete, unproven FROM published_files WHERE table_name = '{table}'
), doubts AS (
    SELECT d.dt, u.list FROM days d CROSS JOIN UNNEST(d.unproven) AS u(list)
), bounds AS (
    SELECT max(dt) AS last_dt FROM days
), known AS (
    SELECT d.dt, d.complete OR x.dt IS NOT NULL AS told, d.complete
    FROM days d LEFT JOIN (SELECT DISTINCT dt FROM doubts) x ON x.dt = d.dt
), proven AS (
    SELECT dt, min(CASE WHEN told THEN dt END) OVER (ORDER BY dt ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING) AS next_dt,
        min(CASE WHEN told THEN dt END) OVER () AS first_dt FROM known
), known_of AS (
    SELECT k.dt, l.list, CASE WHEN k.complete OR k.told AND x.dt IS NULL THEN k.dt END AS told_dt
    FROM known k CROSS JOIN (SELECT DISTINCT list FROM doubts) l LEFT JOIN doubts x ON x.dt = k.dt AND x.list = l.list
), proven_of AS (
    SELECT dt, list, min(told_dt) OVER (PARTITION BY list ORDER BY dt ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING) AS next_dt,
        min(told_dt) OVER (PARTITION BY list) AS first_dt FROM known_of
), seen AS (
    SELECT m.{member}, m.{list}, m.dt, CASE WHEN o.list IS NULL THEN p.next_dt ELSE o.next_dt END AS due,
        CASE WHEN o.list IS NULL THEN p.first_dt ELSE o.first_dt END AS first_dt
    FROM (SELECT DISTINCT {member}, {list}, dt FROM {table}) m
    JOIN proven p ON p.dt = m.dt LEFT JOIN proven_of o ON o.dt = m.dt AND o.list = m.{list}
), marked AS (
    SELECT {member}, {list}, dt, due, first_dt, CASE WHEN dt <= coalesce(lag(due) OVER (PARTITION BY {member}, {list} ORDER BY dt), last_dt)
        AND lag(dt) OVER (PARTITION BY {member}, {list} ORDER BY dt) IS NOT NULL THEN 0 ELSE 1 END AS begins
    FROM seen CROSS JOIN bounds
), numbered AS (
    SELECT {member}, {list}, dt, due, first_dt, sum(begins) OVER (PARTITION BY {member}, {list} ORDER BY dt ROWS UNBOUNDED PRECEDING) AS stay FROM marked
), stays AS (
    SELECT {member}, {list}, min(dt) AS first_day, nullif(max_by(coalesce(due, DATE '9999-12-31'), dt), DATE '9999-12-31') AS left_dt, max(first_dt) AS first_dt FROM numbered GROUP BY {member}, {list}, stay
), ends AS (
    SELECT s.{member}, s.{list}, s.first_day, s.left_dt, s.first_dt,
        coalesce(CAST(s.left_dt - INTERVAL '1' DAY AS date), b.last_dt) AS last_day
    FROM stays s CROSS JOIN bounds b
)
SELECT CASE c.change WHEN 'joined' THEN e.first_day ELSE e.left_dt END AS dt, CAST(c.change AS varchar) AS change, e.{member}, e.{list},
    e.first_day, e.last_day, date_diff('day', e.first_day, e.last_day) + 1 AS days_in
FROM ends e CROSS JOIN (VALUES ('joined'), ('left')) AS c(change)
WHERE c.change = 'joined' AND e.first_day > e.first_dt OR c.change = 'left' AND e.left_dt IS NOT NULL`
