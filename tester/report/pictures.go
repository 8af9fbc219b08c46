package report

import (
	"context"
	"database/sql"
	"fmt"
	"html/template"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"intercom-connector/internal/quote"
	"intercom-connector/internal/terminal"
)

// picture is a chart with its words, as the page shows it.
type picture struct {
	ID, Title, Desc string
	Recipe          string // that asks the same
	SVG             template.HTML
	Legend          []series
	Unit            string
	Rows            [][]string // the numbers, a row for each label
	Failed          string     // why it could not be drawn
}

// sketch is a picture that can be asked for: the columns it needs, and what
// draws it. A chart without labels is not shown.
type sketch struct {
	id, title, desc string
	recipe          string              // that asks the same, or ""
	needs           map[string][]string // columns by table
	draw            func(ctx context.Context, q querier) (chart, error)
}

var sketches = []sketch{
	{
		"channels", "Conversations by channel", "How many conversations started, by channel.", "",
		map[string][]string{"conversation": {"conversation_started_at", "channel"}},
		conversationsByChannel,
	},
	{
		"response", "Time to the first response", "The median and the 75th and 90th percentile of the conversations that started in a week.", "",
		map[string][]string{"conversation": {"conversation_started_at", "conversation_first_response_time"}},
		responseByWeek,
	},
	{
		"teams", "Time to the first response, by team", "The median and the 90th percentile, over everything that was synced.", "first-response-by-team",
		map[string][]string{"conversation": {"currently_assigned_team_id", "conversation_first_response_time"}},
		responseByTeam,
	},
	{
		"ratings", "Ratings", "How many ratings gave how many stars.", "",
		map[string][]string{"conversation_rating_sent": {"conversation_rating"}},
		ratings,
	},
	{
		"backlog", "Open conversations", "Conversations that were open or snoozed at the end of each day, with those that started before the first day and changed their state since.", "",
		map[string][]string{"conversation": {"conversation_started_at", "conversation_last_closed_at", "current_conversation_state"}},
		backlog,
	},
	{
		"segments", "Segments over time", "How many people each of the largest segments had in each snapshot.", "",
		map[string][]string{"contact_segment": {"snapshot_date", "segment_id"}, "segment": {"id", "name"}},
		segmentsOverTime,
	},
	{
		"segments-now", "Segments", "How many people each of the largest segments has.", "",
		map[string][]string{"contact_segment": {"segment_id"}, "segment": {"id", "name"}},
		segmentsNow,
	},
}

// querier asks a warehouse whose tables are known.
type querier struct {
	db     *sql.DB
	tables map[string]Table
	now    time.Time // in the workspace's zone
}

// pictures draws what the tables have the columns for.
func pictures(ctx context.Context, db *sql.DB, now time.Time, all []Table) ([]picture, error) {
	q := querier{db, map[string]Table{}, now}
	for _, t := range all {
		q.tables[t.Name] = t
	}
	var drawn []picture
	for _, s := range slices.Concat(sketches, asked) {
		if !q.has(s.needs) || s.id == "segments-now" && slices.ContainsFunc(drawn, func(p picture) bool { return p.ID == "segments" }) {
			continue
		}
		c, err := s.draw(ctx, q)
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if err != nil { // such as a column of another type: the others can be drawn
			drawn = append(drawn, picture{ID: s.id, Title: s.title, Desc: s.desc, Recipe: s.recipe, Failed: err.Error()})
			continue
		}
		if len(c.labels) == 0 {
			continue
		}
		drawn = append(drawn, picture{
			ID: s.id, Title: s.title, Desc: s.desc, Recipe: s.recipe, Legend: c.series, Unit: c.unit, Rows: c.rows(), SVG: c.svg(s.id, s.title, s.desc),
		})
	}
	return drawn, nil
}

func (q querier) has(needs map[string][]string) bool {
	for name, columns := range needs {
		t, ok := q.tables[name]
		if !ok {
			return false
		}
		for _, c := range columns {
			if t.column(c) == nil {
				return false
			}
		}
	}
	return true
}

// ask runs a query that answers with a label and numbers. In the statement,
// {name} is the table of that name without its deleted rows.
func (q querier) ask(ctx context.Context, numbers int, statement string, args ...any) (labels []string, values [][]float64, err error) {
	for name, t := range q.tables {
		statement = strings.ReplaceAll(statement, "{"+name+"}", "(FROM "+quote.Name(name)+" WHERE "+t.live()+")")
	}
	rows, err := q.db.QueryContext(ctx, statement, args...)
	if err != nil {
		return nil, nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var label string
		row := make([]sql.NullFloat64, numbers)
		into := []any{&label}
		for i := range row {
			into = append(into, &row[i])
		}
		if err := rows.Scan(into...); err != nil {
			return nil, nil, err
		}
		known := make([]float64, numbers)
		for i, v := range row {
			known[i] = math.NaN()
			if v.Valid {
				known[i] = v.Float64
			}
		}
		labels, values = append(labels, label), append(values, known)
	}
	return labels, values, rows.Err()
}

// named turns rows of numbers into series.
func named(labels []string, rows [][]float64, names ...string) chart {
	c := chart{labels: labels}
	for i, name := range names {
		s := series{Name: name}
		for _, row := range rows {
			s.values = append(s.values, row[i])
		}
		c.series = append(c.series, s)
	}
	c.inOrder()
	return c
}

// rows are the numbers as text, for those who want to read them.
func (c chart) rows() [][]string {
	var rows [][]string
	for i, label := range c.labels {
		row := []string{label}
		for _, s := range c.series {
			row = append(row, plain(s.values[i]))
		}
		rows = append(rows, row)
	}
	return rows
}

// plain writes a number for a person.
func plain(v float64) string {
	switch {
	case math.IsNaN(v):
		return "–"
	case math.Abs(v) >= 1e15:
		return fmt.Sprintf("%.1e", v)
	case v == math.Trunc(v):
		return terminal.Number(int64(v))
	case math.Abs(v) >= 10:
		return strconv.FormatFloat(v, 'f', 1, 64)
	default:
		return strconv.FormatFloat(math.Round(v*1e3)/1e3, 'f', -1, 64)
	}
}
