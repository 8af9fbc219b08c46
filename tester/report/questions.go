package report

import (
	"context"
	"slices"
	"time"
)

// grain is a day while a picture has room for days, then a week, then a month.
const grain = `CASE WHEN max(began) - min(began) <= INTERVAL 92 DAY THEN 'day' WHEN max(began) - min(began) <= INTERVAL 2 YEAR THEN 'week' ELSE 'month' END`

func conversationsByChannel(ctx context.Context, q querier) (chart, error) {
	cells, values, err := q.ask(ctx, 2, `
		WITH c AS (SELECT conversation_started_at::TIMESTAMP AS began, coalesce(channel, 'no channel') AS channel FROM {conversation} WHERE conversation_started_at IS NOT NULL),
		g AS (SELECT `+grain+` AS grain, min(began) AS first, max(began) AS last FROM c),
		days AS (SELECT unnest(generate_series(date_trunc(grain, first), last, to_months((grain = 'month')::INT) + to_days(CASE grain WHEN 'day' THEN 1 WHEN 'week' THEN 7 ELSE 0 END))) AS day FROM g),
		counted AS (SELECT date_trunc((SELECT grain FROM g), began) AS day, channel, count(*) AS n FROM c GROUP BY ALL),
		sizes AS (SELECT channel, sum(n) AS n FROM counted GROUP BY ALL)
		SELECT channel || chr(0) || strftime(day, '%Y-%m-%d'), coalesce(counted.n, 0), sizes.n
		FROM days CROSS JOIN sizes LEFT JOIN counted USING (day, channel) ORDER BY sizes.n DESC, channel, day`)
	if err != nil {
		return chart{}, err
	}
	c := pivot(cells, values)
	c.kind, c.unit = stacked, "By "+grainOf(c.labels)
	c.paintChannels()
	return c, nil
}

// grainOf tells from the labels how far apart they are.
func grainOf(labels []string) string {
	if len(labels) < 2 {
		return "day"
	}
	first, err1 := time.Parse(time.DateOnly, labels[0])
	second, err2 := time.Parse(time.DateOnly, labels[1])
	switch days := second.Sub(first).Hours() / 24; {
	case err1 != nil || err2 != nil || days < 7:
		return "day"
	case days == 7:
		return "week"
	}
	return "month"
}

// pivot makes a series of each name, from cells "name NUL label" in the order of
// the series and, within one, of the labels. What has no colour of its own is
// summed up as "other".
func pivot(cells []string, values [][]float64) chart {
	var c chart
	seen := map[string]int{}
	for i, cell := range cells {
		name, label := split(cell)
		n, ok := seen[name]
		if !ok {
			n = len(seen)
			seen[name] = n
			if n < maxSeries {
				c.series = append(c.series, series{Name: name})
			}
		}
		if n == 0 {
			c.labels = append(c.labels, label)
		}
		if n < maxSeries {
			c.series[n].values = append(c.series[n].values, values[i][0])
			continue
		}
		last := &c.series[maxSeries-1]
		last.Name = "other"
		last.values[slices.Index(c.labels, label)] += values[i][0]
	}
	return c
}

func split(cell string) (name, label string) {
	at := len(cell) - len("2006-01-02")
	return cell[:at-1], cell[at:]
}

func responseByWeek(ctx context.Context, q querier) (chart, error) {
	labels, values, err := q.ask(ctx, 3, `
		WITH c AS (SELECT date_trunc('week', conversation_started_at::TIMESTAMP) AS week, conversation_first_response_time AS seconds
			FROM {conversation} WHERE conversation_started_at IS NOT NULL AND seconds IS NOT NULL),
		weeks AS (SELECT unnest(generate_series(min(week), max(week), INTERVAL 7 DAY)) AS week FROM c)
		SELECT strftime(week, '%Y-%m-%d'), quantile_cont(seconds, 0.5) / 60, quantile_cont(seconds, 0.75) / 60, quantile_cont(seconds, 0.9) / 60
		FROM weeks LEFT JOIN c USING (week) GROUP BY week ORDER BY week`)
	c := named(labels, values, "median", "75th percentile", "90th percentile")
	c.kind, c.unit = lines, "In minutes, by week"
	return c, err
}

func responseByTeam(ctx context.Context, q querier) (chart, error) {
	labels, values, err := q.ask(ctx, 2, `
		SELECT team, median, most FROM (
			SELECT coalesce(currently_assigned_team_id::VARCHAR, 'no team') AS team, count(*) AS n,
				median(conversation_first_response_time) / 60 AS median, quantile_cont(conversation_first_response_time, 0.9) / 60 AS most
			FROM {conversation} WHERE conversation_first_response_time IS NOT NULL
			GROUP BY team ORDER BY n DESC LIMIT 12)
		ORDER BY median DESC, team`)
	c := named(labels, values, "median", "90th percentile")
	c.kind, c.unit = ranges, "In minutes"
	return c, err
}

func ratings(ctx context.Context, q querier) (chart, error) {
	labels, values, err := q.ask(ctx, 1, `
		WITH stars AS (SELECT unnest(range(1, 6)) AS star),
		given AS (SELECT conversation_rating AS star, count(*) AS n FROM {conversation_rating_sent} WHERE conversation_rating IS NOT NULL GROUP BY star)
		SELECT star::VARCHAR, coalesce(n, 0) FROM stars FULL JOIN given USING (star)
		WHERE EXISTS (FROM given) ORDER BY star`)
	c := named(labels, values, "ratings")
	c.kind = stacked
	return c, err
}

// states are the columns that tell how conversations changed their state.
var states = map[string][]string{"conversation": {"conversation_id"}, "conversation_state": {
	"conversation_id", "conversation_state", "previous_conversation_state", "conversation_state_started_at",
}}

// backlogOfStates puts the changes of states in place of when a conversation started
// and was last closed, and begins with what was open before the first of them: of a
// conversation that is older than the table, its first change tells what it was.
const backlogOfStates = `
	s AS (SELECT conversation_id AS id, conversation_state_started_at AS since, previous_conversation_state IS NULL AS new,
			(lower(conversation_state) IN ('open', 'snoozed'))::INT AS open,
			coalesce(lower(previous_conversation_state) IN ('open', 'snoozed'), false)::INT AS was
		FROM {conversation_state} WHERE conversation_state_started_at IS NOT NULL),
	before AS (SELECT CASE WHEN bool_or(new) THEN 0 ELSE arg_min(was, since) END AS n FROM s GROUP BY id),
	changes AS (
		SELECT greatest(day, (SELECT min(since)::DATE FROM s)) AS day, n FROM started
		UNION ALL SELECT since::DATE, open - was FROM s WHERE open <> was
		UNION ALL SELECT (SELECT min(since)::DATE FROM s), sum(n) FROM before HAVING sum(n) > 0),`

// backlog counts what is open at the end of each day.
func backlog(ctx context.Context, q querier) (chart, error) {
	which, changes := "true", "changes AS (FROM started),"
	if q.has(states) {
		which, changes = "conversation_id NOT IN (SELECT conversation_id FROM {conversation_state} WHERE conversation_id IS NOT NULL)", backlogOfStates
	}
	labels, values, err := q.ask(ctx, 1, `
		WITH c AS (SELECT conversation_started_at::DATE AS opened,
				CASE WHEN lower(current_conversation_state) NOT IN ('open', 'snoozed') THEN conversation_last_closed_at::DATE END AS closed
			FROM {conversation} WHERE conversation_started_at IS NOT NULL AND `+which+`),
		started AS (SELECT opened AS day, 1 AS n FROM c UNION ALL SELECT closed, -1 FROM c WHERE closed IS NOT NULL),`+changes+`
		by_day AS (SELECT day, sum(n) AS n FROM changes GROUP BY ALL),
		days AS (SELECT unnest(generate_series(min(day), greatest(max(day) FILTER (n > 0), least(max(day), ?::DATE)), INTERVAL 1 DAY))::DATE AS day FROM changes)
		SELECT strftime(day, '%Y-%m-%d'), sum(coalesce(n, 0)) OVER (ORDER BY day)
		FROM days LEFT JOIN by_day USING (day) ORDER BY day`, q.now.Format(time.DateOnly))
	c := named(labels, values, "open")
	c.kind = lines
	return c, err
}

// segmentSizes are those of the segments in {contact_segment}, the alias m.
const segmentSizes = `
	sizes AS (SELECT coalesce(s.name, m.segment_id) AS name, m.segment_id AS id, count(DISTINCT m.contact_id) AS n
		FROM {contact_segment} m LEFT JOIN {segment} s ON s.id = m.segment_id`

func segmentsOverTime(ctx context.Context, q querier) (chart, error) {
	whole := "true"
	if q.has(map[string][]string{"membership_snapshot": {"snapshot_date", "complete"}}) {
		// A snapshot that was cut off would look like people who left.
		whole = "snapshot_date IN (SELECT snapshot_date FROM {membership_snapshot} WHERE complete)"
	}
	cells, values, err := q.ask(ctx, 2, `
		WITH days AS (SELECT DISTINCT snapshot_date AS day FROM {contact_segment} WHERE `+whole+`),`+segmentSizes+`
			WHERE m.snapshot_date = (SELECT max(day) FROM days) GROUP BY ALL ORDER BY n DESC, id LIMIT 6),
		counted AS (SELECT snapshot_date AS day, segment_id AS id, count(*) AS n FROM {contact_segment} GROUP BY ALL)
		SELECT sizes.name || chr(0) || strftime(day, '%Y-%m-%d'), coalesce(counted.n, 0), sizes.n
		FROM days CROSS JOIN sizes LEFT JOIN counted USING (day, id)
		WHERE (SELECT count(*) FROM days) > 1 ORDER BY sizes.n DESC, sizes.id, day`)
	if err != nil {
		return chart{}, err
	}
	c := pivot(cells, values)
	c.kind = lines
	c.paint()
	return c, nil
}

func segmentsNow(ctx context.Context, q querier) (chart, error) {
	newest := ""
	if q.tables["contact_segment"].column("snapshot_date") != nil {
		newest = " WHERE m.snapshot_date = (SELECT max(snapshot_date) FROM {contact_segment})"
	}
	labels, values, err := q.ask(ctx, 1, `WITH `+segmentSizes+newest+` GROUP BY ALL ORDER BY n DESC, id LIMIT 12)
		SELECT name, n FROM sizes ORDER BY n, name DESC`)
	c := named(labels, values, "people")
	c.kind = ranges
	return c, err
}
