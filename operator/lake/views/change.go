package views

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"intercom-connector/internal/quote"
	"intercom-connector/membership/tables"
	"intercom-connector/operator/lake"
)

// change is a view of how long each member stayed in each list of a table: a
// segment's, or a tag's.
type change tables.Membership

// view has a row for each time that a member joined a list or left it: dt is the
// day, first_day, last_day and days_in tell of the whole stay. A member joins on the
// first day on which the list holds it, and leaves on the first later day whose
// list is proven complete and does not hold it. A day that is not published, and a
// list that is not proven on a day, say nothing of those whom they lack, who count
// as on the day before. Who was there by the first day on which the list is proven
// has not joined: nobody knows since when.
//
// The days of a member in a list are kept as bits, some hundred bytes for ten
// years, and not as rows that would have to be sorted: the memory that it takes
// grows with the members, not with the days.
func (c change) view(publications []lake.Publication) string {
	days := slices.DeleteFunc(slices.Clone(publications), func(p lake.Publication) bool { return p.Table != c.Table })
	if len(days) == 0 {
		return fmt.Sprintf("CREATE OR REPLACE VIEW %s_change AS SELECT NULL::DATE AS dt, NULL::VARCHAR AS change, NULL::VARCHAR AS %s, NULL::VARCHAR AS %s, NULL::DATE AS first_day, NULL::DATE AS last_day, NULL::BIGINT AS days_in WHERE false;\n",
			c.Table, c.Member, c.List)
	}
	last := daysFrom(days[0].Dt, days[len(days)-1].Dt)
	return strings.NewReplacer("{table}", c.Table, "{member}", c.Member, "{list}", c.List,
		"{first}", "DATE '"+days[0].Dt+"'", "{last}", strconv.Itoa(last), "{known}", c.known(days)).Replace(`CREATE OR REPLACE VIEW {table}_change AS
WITH days AS (
    SELECT {member}, {list}, date_diff('day', {first}, dt) AS n FROM {table}` + c.carried(days) + `
), members AS (
    SELECT {member}, {list}, regexp_extract_all(CAST(bitstring_agg(n, 0, {last}) AS VARCHAR), '0+|1+') AS runs
    FROM days GROUP BY {member}, {list}
), runs AS (
    SELECT {member}, {list}, unnest(list_transform(runs, (run, i) -> {
        'inside': run[1] = '1', 'begins': CAST(coalesce(list_sum(list_transform(runs[:i - 1], r -> len(r))), 0) AS INTEGER), 'days': CAST(len(run) AS INTEGER)
    })) AS run FROM members
), stays AS (
    SELECT {member}, {list}, run.begins AS begins, run.begins + run.days AS ends FROM runs WHERE run.inside
)
SELECT {first} + CASE change WHEN 'joined' THEN begins ELSE ends END AS dt, change, {member}, {list},
    {first} + begins AS first_day, {first} + (ends - 1) AS last_day, CAST(ends - begins AS BIGINT) AS days_in
FROM stays CROSS JOIN (VALUES ('joined'), ('left')) AS both_ends(change)
WHERE change = 'joined' AND begins > {known} OR change = 'left' AND ends <= {last};
`)
}

// carried are rows of days that count for later days, too: up to, but not
// including, the next day whose list is proven.
func (c change) carried(days []lake.Publication) string {
	var sources, values []string
	carry := func(from int, after, before int, list string) {
		for n := after; n < before; n++ {
			sources = append(sources, "DATE '"+days[from].Dt+"'")
			values = append(values, fmt.Sprintf("(DATE '%s', %d, %s)", days[from].Dt, n, list))
		}
	}
	doubted := doubted(days)
	for i, p := range days {
		n := daysFrom(days[0].Dt, p.Dt)
		next := nextProven(days, i, "")
		carry(i, n+1, next, "NULL::VARCHAR")
		for _, list := range doubted {
			carry(i, next, nextProven(days, i, list), quote.Text(list))
		}
	}
	if len(values) == 0 {
		return ""
	}
	slices.Sort(sources)
	return fmt.Sprintf(`
    UNION ALL
    SELECT m.{member}, m.{list}, c.n FROM {table} m JOIN (VALUES %s) AS c(dt, n, list) ON c.dt = m.dt AND (c.list IS NULL OR c.list = m.{list})
    WHERE m.dt IN (%s)`, strings.Join(values, ", "), strings.Join(slices.Compact(sources), ", "))
}

// known is the first day on which a row's list is proven: before it, who is not there
// may have been missed.
func (c change) known(days []lake.Publication) string {
	first := nextProven(days, -1, "")
	var others strings.Builder
	for _, list := range doubted(days) {
		if n := nextProven(days, -1, list); n != first {
			fmt.Fprintf(&others, " WHEN %s THEN %d", quote.Text(list), n)
		}
	}
	if others.Len() == 0 {
		return strconv.Itoa(first)
	}
	return fmt.Sprintf("CASE %s%s ELSE %d END", c.List, others.String(), first)
}

// doubted are the lists that are not proven on a day on which others are.
func doubted(days []lake.Publication) (lists []string) {
	for _, p := range days {
		lists = append(lists, p.Unproven...)
	}
	slices.Sort(lists)
	return slices.Compact(lists)
}

// nextProven is the day after one on which a list is proven, or any list of which
// nothing else is known; the day after the last where there is none.
func nextProven(days []lake.Publication, after int, list string) int {
	for _, p := range days[after+1:] {
		if p.Complete || len(p.Unproven) > 0 && !slices.Contains(p.Unproven, list) {
			return daysFrom(days[0].Dt, p.Dt)
		}
	}
	return daysFrom(days[0].Dt, days[len(days)-1].Dt) + 1
}

// daysFrom counts the days from one to another. Both were checked when they were
// read.
func daysFrom(from, to string) int {
	a, _ := time.Parse(time.DateOnly, from)
	b, _ := time.Parse(time.DateOnly, to)
	return int(b.Sub(a) / (24 * time.Hour))
}
