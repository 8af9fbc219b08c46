package report

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"intercom-connector/tester/recipes"
	"intercom-connector/tester/warehouse"
)

// asked are the pictures of the recipes: what `debug recipe` answers in numbers, over
// everything that was synced.
var asked = []sketch{
	{
		"csat", "Satisfaction", "The part of the ratings that was 4 or 5 stars, by who was rated.", "csat-by-week",
		map[string][]string{"conversation_rating_sent": {"conversation_rating", "conversation_rating_updated_at", "rating_participant_agent_group", warehouse.DeletedColumn}},
		weekly("csat-by-week", "rated", "csat_percent"),
	},
	{
		"sla", "Service level agreements", "The part of them that was hit, of those hit or missed, by kind.", "sla-by-week",
		map[string][]string{"conversation_sla_status_log": {"sla_started_at", "sla_metric_type", "sla_state", warehouse.DeletedColumn}},
		weekly("sla-by-week", "kind", "percent_hit"),
	},
	{
		"reopened", "Reopened conversations", "For 100 conversations that were closed in a week, how many were opened again.", "reopened-by-week",
		map[string][]string{"conversation_state": {"conversation_state", "previous_conversation_state", "conversation_state_started_at", warehouse.DeletedColumn}},
		weekly("reopened-by-week", "'reopened'", "percent_reopened"),
	},
	{
		"ai", "Resolved by Fin", "The part of the conversations with Fin that Fin resolved.", "ai-resolution-by-week",
		map[string][]string{"conversation": {"conversation_started_at", "fin_ai_agent_participated", "fin_ai_agent_resolution_state", warehouse.DeletedColumn}},
		weekly("ai-resolution-by-week", "'resolved'", "percent_resolved"),
	},
	{
		"backlog-now", "Open now, by team", "How old the open and snoozed conversations are.", "backlog-now",
		map[string][]string{"conversation": {"conversation_started_at", "current_conversation_state", "currently_assigned_team_id", warehouse.DeletedColumn}},
		most("backlog-now", "team", "Conversations", "older_than_a_week", "older_than_a_day", "open"),
	},
	{
		"handling", "Handling time, by teammate", "The median of a teammate's conversations. Shown are the teammates with the most hours.", "handling-time-by-teammate",
		map[string][]string{"teammate_handling_conversation": {"handling_teammate_id", "teammate_handling_time", "conversation_started_at", warehouse.DeletedColumn}},
		most("handling-time-by-teammate", "teammate", "In minutes", "median_minutes"),
	},
	{
		"hours", "Busiest hours", "The hours of the week in which most conversations start.", "busiest-hours",
		map[string][]string{"conversation": {"conversation_started_at", warehouse.DeletedColumn}},
		most("busiest-hours", "left(day, 3) || ' ' || lpad(hour::VARCHAR, 2, '0') || ':00'", "Conversations", "conversations"),
	},
}

// everything is a recipe's parameter for more days than a warehouse holds.
const everything = 36500

// answer is the statement of a recipe, with its parameters set.
func (q querier) answer(ctx context.Context, name string) (string, error) {
	r, err := recipes.Get(name)
	if err != nil {
		return "", err
	}
	var given []string
	for _, p := range r.Parameters {
		switch p.Name {
		case "days":
			given = append(given, "days="+strconv.Itoa(everything))
		case "zone":
			given = append(given, "zone="+q.now.Location().String())
		}
	}
	set, err := r.Set(given)
	if err != nil {
		return "", err
	}
	for _, s := range set {
		if _, err := q.db.ExecContext(ctx, s); err != nil {
			return "", err
		}
	}
	return "(\n" + r.SQL + "\n)", nil
}

// weekly draws a column of a recipe by its column week, a line for each value of by.
func weekly(recipe, by, column string) func(context.Context, querier) (chart, error) {
	return func(ctx context.Context, q querier) (chart, error) {
		statement, err := q.answer(ctx, recipe)
		if err != nil {
			return chart{}, err
		}
		cells, values, err := q.ask(ctx, 1, `
			WITH r AS (SELECT week, `+by+` AS name, `+column+` AS value FROM `+statement+`),
			weeks AS (SELECT strftime(unnest(generate_series(min(week)::DATE, max(week)::DATE, INTERVAL 7 DAY)), '%Y-%m-%d') AS week FROM r),
			names AS (SELECT DISTINCT name FROM r WHERE value IS NOT NULL)
			SELECT name || chr(0) || week, value FROM names CROSS JOIN weeks LEFT JOIN r USING (name, week) ORDER BY name, week`)
		if err != nil {
			return chart{}, err
		}
		c := pivot(cells, values)
		c.kind, c.unit = lines, "In percent, by week"
		c.inOrder()
		return c, nil
	}
}

// most draws the first rows of a recipe as lying bars.
func most(recipe, label, unit string, columns ...string) func(context.Context, querier) (chart, error) {
	return func(ctx context.Context, q querier) (chart, error) {
		statement, err := q.answer(ctx, recipe)
		if err != nil {
			return chart{}, err
		}
		list, names := "", make([]string, len(columns))
		for i, c := range columns {
			list += ", " + c
			names[i] = strings.ReplaceAll(c, "_", " ")
		}
		labels, values, err := q.ask(ctx, len(columns), "SELECT "+label+list+" FROM "+statement+" LIMIT 12")
		slices.Reverse(labels) // the first of a chart is at the bottom
		slices.Reverse(values)
		c := named(labels, values, names...)
		c.kind, c.unit = ranges, unit
		return c, err
	}
}
