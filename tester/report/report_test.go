package report

import (
	"bytes"
	"database/sql"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	_ "github.com/duckdb/duckdb-go/v2"
	"github.com/google/go-cmp/cmp"

	"intercom-connector/internal/quote"
	"intercom-connector/tester/warehouse"
)

var noon = time.Date(2026, 2, 10, 12, 0, 0, 0, time.UTC)

// made is a warehouse with these statements, as the tester leaves it.
func made(t *testing.T, statements ...string) *sql.DB {
	t.Helper()
	return madeIn(t, "UTC", statements...)
}

// madeIn is opened in a zone.
func madeIn(t *testing.T, zone string, statements ...string) *sql.DB {
	t.Helper()
	location, err := time.LoadLocation(zone)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "warehouse.db")
	db, err := sql.Open("duckdb", path)
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	for _, s := range append([]string{"SET TimeZone = 'UTC'; CREATE SCHEMA tester; USE tester"}, statements...) {
		if _, err := db.Exec(s); err != nil {
			t.Fatalf("%v: %s", err, s)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	db, err = warehouse.OpenReadOnlyIn(location, path, "tester")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func write(t *testing.T, db *sql.DB, options Options) string {
	t.Helper()
	if options.Schema == "" {
		options.Schema, options.Now = "tester", noon
	}
	var b bytes.Buffer
	if err := Write(t.Context(), &b, db, options); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

const conversations = `
	CREATE TABLE conversation (
		conversation_id VARCHAR PRIMARY KEY, conversation_started_at TIMESTAMPTZ, channel VARCHAR, current_conversation_state VARCHAR,
		conversation_last_closed_at TIMESTAMPTZ, conversation_first_response_time DOUBLE, currently_assigned_team_id VARCHAR,
		unparsed_values VARCHAR, _fivetran_synced TIMESTAMPTZ, _fivetran_deleted BOOLEAN);
	INSERT INTO conversation VALUES
		('1', '2026-02-02 08:00:00+00', 'Chat',  'Closed',  '2026-02-03 09:00:00+00',  60, 'Support', NULL,  '2026-02-10 10:00:00+00', false),
		('2', '2026-02-02 23:59:00+00', 'Email', 'Open',    '2026-02-02 23:59:30+00', 180, 'Support', '{}',  '2026-02-10 10:00:00+00', false),
		('3', '2026-02-04 12:00:00+00', 'Chat',  'Snoozed', NULL,                      NULL, NULL,      NULL,  '2026-02-10 11:00:00+00', false),
		('4', '2026-02-16 12:00:00+00', NULL,    'Closed',  '2026-02-16 13:00:00+00', 600, 'Billing', NULL,  '2026-02-10 09:00:00+00', NULL),
		('5', '2026-02-03 12:00:00+00', 'Fax',   'Open',    NULL,                       1, 'Gone',    '{}',  '2026-02-10 12:00:00+00', true)`

const ratingsSent = `
	CREATE TABLE conversation_rating_sent (conversation_rating_id VARCHAR PRIMARY KEY, conversation_id VARCHAR, conversation_rating BIGINT);
	INSERT INTO conversation_rating_sent VALUES ('a', '1', 5), ('b', '2', 5), ('c', '2', 1), ('d', '3', NULL)`

func TestTables(t *testing.T) {
	db := made(t, conversations, ratingsSent, "CREATE TABLE nothing (x BIGINT)", "CREATE SCHEMA other; CREATE TABLE other.hidden (x BIGINT)")
	got, err := Tables(t.Context(), db, "tester")
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != 3 || got[0].Name != "conversation" || got[2].Name != "nothing" {
		t.Fatalf("got %+v", got)
	}
	c := got[0]
	want := Table{
		Name: "conversation", Rows: 4, Deleted: 1, Time: "conversation_started_at", First: "2026-02-02 08:00", Last: "2026-02-16 12:00",
		Synced: time.Date(2026, 2, 10, 12, 0, 0, 0, time.UTC), Unparsed: 1,
	}
	columns := c.Columns
	c.Columns = nil
	if !c.Synced.Equal(want.Synced) {
		t.Errorf("synced %v", c.Synced)
	}
	c.Synced = want.Synced
	if diff := cmp.Diff(want, c); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]Column{
		{"conversation_id", "VARCHAR", true, 0, "0%"},
		{"conversation_started_at", "TIMESTAMP WITH TIME ZONE", false, 0, "0%"},
		{"channel", "VARCHAR", false, 1, "25.0%"},
	}, columns[:3]); diff != "" {
		t.Error(diff)
	}
	if n := got[2]; n.Rows != 0 || n.Time != "" || n.Columns[0].Share != "0%" || n.Empty() != 0 {
		t.Errorf("got %+v", n)
	}
}

func TestShare(t *testing.T) {
	for _, test := range []struct {
		part, whole int64
		want        string
	}{{0, 0, "0%"}, {0, 5, "0%"}, {5, 5, "100%"}, {1, 3, "33.3%"}, {1, 1e9, "0.1%"}, {1e9 - 1, 1e9, "99.9%"}} {
		if got := share(test.part, test.whole); got != test.want {
			t.Errorf("%d of %d: got %s, want %s", test.part, test.whole, got, test.want)
		}
	}
}

// rowsOf are the numbers of each picture.
func rowsOf(t *testing.T, db *sql.DB) map[string][][]string {
	t.Helper()
	all, err := Tables(t.Context(), db, "tester")
	if err != nil {
		t.Fatal(err)
	}
	drawn, err := pictures(t.Context(), db, noon, all)
	if err != nil {
		t.Fatal(err)
	}
	rows := map[string][][]string{}
	for _, p := range drawn {
		if p.Failed != "" {
			t.Errorf("%s: %s", p.Title, p.Failed)
		}
		head := []string{""}
		for _, s := range p.Legend {
			head = append(head, s.Name)
		}
		rows[p.ID] = append([][]string{head}, p.Rows...)
	}
	return rows
}

func TestPictures(t *testing.T) {
	got := rowsOf(t, made(t, conversations, ratingsSent))
	channels := got["channels"]
	if len(channels) != 16 { // a head, and each day from the 2nd to the 16th
		t.Errorf("%d rows", len(channels))
	}
	got["channels"] = append(channels[:4:4], channels[15])
	if n := len(got["backlog"]); n != 16 {
		t.Errorf("%d days", n)
	}
	got["backlog"] = got["backlog"][:5]
	delete(got, "backlog-now") // of recipes, below
	delete(got, "hours")
	if diff := cmp.Diff(map[string][][]string{
		"channels": {
			{"", "Chat", "Email", "no channel"},
			{"2026-02-02", "1", "1", "0"},
			{"2026-02-03", "0", "0", "0"},
			{"2026-02-04", "1", "0", "0"},
			{"2026-02-16", "0", "0", "1"},
		},
		"response": {
			{"", "median", "75th percentile", "90th percentile"},
			{"2026-02-02", "2", "2.5", "2.8"},
			{"2026-02-09", "–", "–", "–"},
			{"2026-02-16", "10", "10", "10"},
		},
		"teams":   {{"", "median", "90th percentile"}, {"Billing", "10", "10"}, {"Support", "2", "2.8"}},
		"ratings": {{"", "ratings"}, {"1", "1"}, {"2", "0"}, {"3", "0"}, {"4", "0"}, {"5", "2"}},
		"backlog": {{"", "open"}, {"2026-02-02", "2"}, {"2026-02-03", "1"}, {"2026-02-04", "2"}, {"2026-02-05", "2"}},
	}, got); diff != "" {
		t.Error(diff)
	}
}

// Over a year the days become weeks; what has no colour becomes "other".
func TestManyChannelsOverAYear(t *testing.T) {
	got := rowsOf(t, made(t, `
		CREATE TABLE conversation AS SELECT TIMESTAMPTZ '2025-01-01 12:00:00+00' + to_days(n::INT) AS conversation_started_at, 'c' || (n % 9) AS channel FROM range(365) r(n)`))
	rows := got["channels"]
	if len(rows) != 54 || len(rows[0]) != 7 || rows[0][6] != "other" || rows[1][0] != "2024-12-30" || rows[53][0] != "2025-12-29" {
		t.Errorf("%d weeks, %v, %v", len(rows), rows[0], rows[1])
	}
	sum := 0.0
	for _, row := range rows[1:] {
		for _, n := range row[1:] {
			sum += float64(n[0] - '0')
		}
	}
	if sum != 365 {
		t.Errorf("%v conversations", sum)
	}
}

const segments = `
	CREATE TABLE segment (id VARCHAR PRIMARY KEY, name VARCHAR);
	INSERT INTO segment VALUES ('s', 'Active'), ('t', 'Trial');
	CREATE TABLE contact_segment (snapshot_date DATE, contact_id VARCHAR, segment_id VARCHAR, PRIMARY KEY (snapshot_date, contact_id, segment_id));
	INSERT INTO contact_segment VALUES ('2026-02-09', '1', 's'), ('2026-02-09', '2', 's'), ('2026-02-10', '1', 's'), ('2026-02-10', '2', 't'), ('2026-02-10', '3', 's')`

func TestSegments(t *testing.T) {
	if diff := cmp.Diff(map[string][][]string{
		"segments": {{"", "Active", "Trial"}, {"2026-02-09", "2", "0"}, {"2026-02-10", "2", "1"}},
	}, rowsOf(t, made(t, segments))); diff != "" {
		t.Error(diff)
	}
	// A day whose snapshot is not whole is left out.
	if got := rowsOf(t, made(t, segments, `
		INSERT INTO contact_segment VALUES ('2026-02-11', '1', 's');
		CREATE TABLE membership_snapshot AS SELECT * FROM (VALUES (DATE '2026-02-09', true), ('2026-02-10', true), ('2026-02-11', false)) v(snapshot_date, complete)`)); len(got["segments"]) != 3 {
		t.Errorf("got %v", got["segments"])
	}
	if diff := cmp.Diff(map[string][][]string{
		"segments-now": {{"", "people"}, {"Trial", "1"}, {"Active", "2"}},
	}, rowsOf(t, made(t, segments, "DELETE FROM contact_segment WHERE snapshot_date = '2026-02-09'"))); diff != "" {
		t.Error(diff)
	}
}

func TestJoins(t *testing.T) {
	db := made(t, conversations, ratingsSent, segments, "CREATE TABLE alone (x BIGINT)", "CREATE TABLE uses (segment_id VARCHAR)")
	all, err := Tables(t.Context(), db, "tester")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]join{
		{"conversation_rating_sent", "conversation_id", "conversation", "conversation_id"},
		{"contact_segment", "segment_id", "segment", "id"},
	}, joins(all)); diff != "" {
		t.Error(diff)
	}
	svg := string(newDiagram(all).SVG)
	if strings.Count(svg, `class="box"`) != 4 || strings.Count(svg, `class="join"`) != 2 || strings.Contains(svg, "alone") {
		t.Error(svg)
	}
}

// A warehouse with nothing, or with other tables, or with odd names and values.
func TestOddWarehouses(t *testing.T) {
	if page := write(t, made(t), Options{}); !strings.Contains(page, "There are no tables") || strings.Contains(page, "<svg") {
		t.Error(page)
	}
	empty := write(t, made(t, strings.Split(conversations, "INSERT")[0], strings.Split(ratingsSent, "INSERT")[0], strings.Split(segments, "INSERT")[0]), Options{})
	if strings.Contains(empty, "<figure") || !strings.Contains(empty, "How the tables join") {
		t.Error(empty)
	}
	const evil = `javascript:"><script>alert(1)</script><img src=x onerror=alert(1)>`
	page := write(t, made(t,
		`CREATE TABLE conversation AS SELECT TIMESTAMPTZ '2026-01-01' AS conversation_started_at, '`+evil+`' AS channel, '`+evil+`' AS currently_assigned_team_id,
			1e308 AS conversation_first_response_time`,
		`CREATE TABLE `+quote.Name(evil)+` (`+quote.Name(evil)+` DATE PRIMARY KEY)`,
		`CREATE TABLE user AS SELECT '`+evil+`' AS `+quote.Name(evil),
	), Options{Schema: "tester", Now: noon, Sync: &Sync{Failed: evil, Warnings: []string{evil}, Widened: []Widened{{evil, evil, evil, evil}}}})
	if strings.Contains(page, "<script") || strings.Contains(page, "<img") || strings.Contains(page, `="javascript:`) || !strings.Contains(page, "&lt;script&gt;") {
		t.Error("a name is not escaped")
	}
}

func TestLastSync(t *testing.T) {
	page := write(t, made(t), Options{Schema: "tester", Now: noon, Sync: &Sync{
		EndedAt: noon, Received: 1234, Dropped: 5, Failed: "no network", Warnings: []string{"7 values"}, Widened: []Widened{{"call", "n", "BIGINT", "VARCHAR"}},
	}})
	for _, part := range []string{"failed</span>, 1,234 records", "It failed: no network", "5 records after", "<li>7 values</li>", "<code>call.n</code> from BIGINT to VARCHAR"} {
		if !strings.Contains(page, part) {
			t.Errorf("lacks %q", part)
		}
	}
	if page := write(t, made(t), Options{Schema: "tester", Now: noon, Sync: &Sync{EndedAt: noon, Workspace: "abc", Sandbox: true, Seconds: 12.34}}); !strings.Contains(page, "Workspace abc: what was synced") || !strings.Contains(page, "made up") || !strings.Contains(page, "in 12.3s") {
		t.Error(page)
	}
	if page := write(t, made(t), Options{Schema: "tester", Now: noon, Sync: &Sync{EndedAt: noon, Received: 1}}); strings.Contains(page, "It failed") || !strings.Contains(page, "succeeded") {
		t.Error(page)
	}
}

// The page takes nothing from anywhere, and its charts no colour but its own.
func TestSelfContained(t *testing.T) {
	page := write(t, made(t, conversations, ratingsSent, segments), Options{})
	for _, no := range []string{"http:", "https:", "<script", "<link", "<img", "url(", "@import", "font-family:Lib", `fill="#`} {
		if strings.Contains(page, no) {
			t.Errorf("has %q", no)
		}
	}
	body := page[strings.Index(page, "<body"):]
	if m := regexp.MustCompile(`(fill|stroke)="?:?#\w+`).FindString(body); m != "" {
		t.Errorf("has the colour %s", m)
	}
	if strings.Count(body, `role="img"`) != 17 || strings.Count(body, "-t\">") != 17 { // eight pictures twice, and the joins
		t.Errorf("%d pictures with %d titles", strings.Count(body, `role="img"`), strings.Count(body, "<title"))
	}
}

// A channel has one colour, whatever other channels there are.
func TestChannelsKeepTheirColour(t *testing.T) {
	of := func(names ...string) map[string]string {
		var c chart
		for _, name := range names {
			c.series = append(c.series, series{Name: name})
		}
		c.paintChannels()
		got, seen := map[string]string{}, map[string]bool{}
		for _, s := range c.series {
			ink := string(s.Ink())
			if seen[ink] || s.Colour >= colours {
				t.Errorf("%v: %s has %s", names, s.Name, ink)
			}
			got[s.Name], seen[ink] = ink, true
		}
		return got
	}
	want := map[string]string{"WhatsApp": `class="c2"`, "Email": `class="c1"`, "no channel": `class="c10"`, "other": `class="c5"`, "Pigeon": `class="hue" style="--hue:15"`}
	for _, names := range [][]string{{"Chat", "WhatsApp", "Email", "other"}, {"Instagram", "WhatsApp", "Pigeon", "Phone", "no channel", "Email"}, {"Fax", "Pigeon", "Telegram"}} {
		for name, ink := range of(names...) {
			if want[name] != "" && ink != want[name] {
				t.Errorf("%s of %v has %s, not %s", name, names, ink, want[name])
			}
		}
	}
}

// What the links point at is inside of its details, so that a browser opens them.
func TestLinksOpen(t *testing.T) {
	page := write(t, made(t, conversations, ratingsSent), Options{})
	for _, m := range regexp.MustCompile(`href="#([^"]+)"`).FindAllStringSubmatch(page, -1) {
		at := strings.Index(page, `id="`+m[1]+`"`)
		if at < 0 {
			t.Errorf("%s is not there", m[1])
		}
		if strings.HasPrefix(m[1], "t-") && strings.LastIndex(page[:at], "<details>") < strings.LastIndex(page[:at], "</details>") {
			t.Errorf("%s is not in details", m[1])
		}
	}
	labels := map[string]bool{}
	for _, m := range regexp.MustCompile(`aria-label="([^"]+)"`).FindAllStringSubmatch(page, -1) {
		if labels[m[1]] {
			t.Errorf("two landmarks are called %q", m[1])
		}
		labels[m[1]] = true
	}
}

func TestTicks(t *testing.T) {
	for _, test := range []struct {
		low, high float64
		want      string
	}{
		{0, 266, "0 50 100 150 200 250"},
		{0, 353, "0 50 100 150 200 250 300 350"},
		{0, 1112, "0 200 400 600 800 1,000"},
		{0, 1, "0 0.2 0.4 0.6 0.8 1"},
		{0, 3, "0 0.5 1 1.5 2 2.5 3"},
		{0, 0, "0"},
		{0, math.Inf(1), "0 1 2 3 4 5 6 7 8 9"},
		{0, 4e9, "0 1,000,000,000 2,000,000,000 3,000,000,000 4,000,000,000"},
	} {
		var got []string
		for _, tick := range numberTicks(test.low, test.high) {
			got = append(got, tick.label)
		}
		if got := strings.Join(got, " "); got != test.want {
			t.Errorf("%v to %v: got %s, want %s", test.low, test.high, got, test.want)
		}
	}
}

func TestChartOfOddNumbers(t *testing.T) {
	for _, kind := range []kind{stacked, lines, ranges} {
		for _, values := range [][]float64{{0}, {math.NaN()}, {math.Inf(1), 1}, {1e300, 0}, {-1, -2}, make([]float64, 1000)} {
			c := chart{kind: kind, labels: make([]string, len(values)), series: []series{{Name: "a", values: values}, {Name: "b", values: values}}}
			if svg := string(c.svg("id", "t", "d")); strings.Contains(svg, "NaN") || strings.Contains(svg, "Inf") {
				t.Errorf("%v of %v: %.500s", kind, values[:1], svg)
			}
		}
	}
}

// sync.json remembers the syncs before, so many of them, and what is broken in it
// keeps no sync from being kept.
func TestSyncsAreRemembered(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sync.json")
	if got, err := ReadSync(path); got != nil || err != nil {
		t.Errorf("%v, %v", got, err)
	}
	if err := os.WriteFile(path, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadSync(path); err == nil || !strings.Contains(err.Error(), "remove it") {
		t.Errorf("got %v", err)
	}
	var last Sync
	for n := range int64(40) {
		s := Sync{Succeeded: n%2 == 0, EndedAt: noon.Add(time.Duration(n) * time.Hour), Received: n, Seconds: float64(n)}
		if n%2 == 1 {
			s.Failed = "it failed"
		}
		var err error
		if last, err = WriteSync(path, s); err != nil {
			t.Fatal(err)
		}
	}
	got, err := ReadSync(path)
	if err != nil || len(got.Earlier) != maxEarlier || got.Earlier[0].Received != 38 || !got.Earlier[0].Succeeded || got.Earlier[1].Succeeded {
		t.Errorf("%+v, %v", got, err)
	}
	if diff := cmp.Diff(last, *got); diff != "" {
		t.Error(diff)
	}
	page := write(t, made(t), Options{Schema: "tester", Now: noon, Sync: got})
	for _, part := range []string{"<td>succeeded</td><td class=\"n\">38</td><td class=\"n\">38s</td>", "<span class=\"warn\">failed</span></td>"} {
		if !strings.Contains(page, part) {
			t.Errorf("lacks %s", part)
		}
	}
}

// The backlog begins with what was open before the first change that is known, and
// follows conversations that were opened again.
func TestBacklogOfOlderConversations(t *testing.T) {
	got := rowsOf(t, made(t, conversations, `
		CREATE TABLE conversation_state (conversation_id VARCHAR, conversation_state VARCHAR, previous_conversation_state VARCHAR, conversation_state_started_at TIMESTAMPTZ);
		INSERT INTO conversation_state VALUES
			('1',   'Open',    NULL,      '2026-02-02 08:00:00+00'),
			('1',   'Closed',  'Open',    '2026-02-03 09:00:00+00'),
			('old', 'Closed',  'Snoozed', '2026-02-03 10:00:00+00'),
			('old', 'Open',    'Closed',  '2026-02-04 10:00:00+00'),
			('shut','Open',    'Closed',  '2026-02-04 11:00:00+00'),
			('late','Snoozed', 'Open',    '2026-02-05 10:00:00+00')`))["backlog"]
	// 1, old, late and, without a change of its state, 2; then 3 and 4 of the
	// conversations themselves.
	if diff := cmp.Diff([][]string{{"", "open"}, {"2026-02-02", "4"}, {"2026-02-03", "2"}, {"2026-02-04", "5"}, {"2026-02-05", "5"}}, got[:5]); diff != "" {
		t.Error(diff)
	}
}

// The days are those of the workspace's zone, and the page says so.
func TestWorkspaceZone(t *testing.T) {
	page := write(t, madeIn(t, "Australia/Sydney", conversations), Options{Schema: "tester", Now: noon, Sync: &Sync{Workspace: "abc", WorkspaceName: "Acme & Co", Timezone: "Australia/Sydney", EndedAt: noon}})
	for _, part := range []string{
		"<title>Acme &amp; Co: what was synced</title>", "as of 2026-02-10 23:00", "in Australia/Sydney, the workspace’s zone",
		`<td class="t" data-of="From">2026-02-02 19:00</td>`,
		`<th scope="row">2026-02-03</th><td class="n">0</td><td class="n">1</td><td class="n">0</td>`, // the Email of 23:59 UTC
	} {
		if !strings.Contains(page, part) {
			t.Errorf("lacks %s", part)
		}
	}
	if page := write(t, made(t), Options{Schema: "tester", Now: noon, Sync: &Sync{Timezone: "Mars/Base"}}); !strings.Contains(page, "are in UTC.") {
		t.Error("an unknown zone is not UTC")
	}
}

// Each recipe that is not drawn otherwise has its picture; one that cannot be drawn
// says why and leaves the others.
func TestPicturesOfRecipes(t *testing.T) {
	got := rowsOf(t, made(t, conversations, ratingsSent, `
		ALTER TABLE conversation_rating_sent ADD COLUMN conversation_rating_updated_at TIMESTAMPTZ;
		ALTER TABLE conversation_rating_sent ADD COLUMN rating_participant_agent_group VARCHAR;
		ALTER TABLE conversation_rating_sent ADD COLUMN _fivetran_deleted BOOLEAN;
		UPDATE conversation_rating_sent SET conversation_rating_updated_at = '2026-02-03 00:00:00+00', rating_participant_agent_group = 'teammate';
		INSERT INTO conversation_rating_sent VALUES ('e', '1', 1, '2026-02-17 00:00:00+00', 'Fin', false), ('f', '1', 4, '2026-02-17 00:00:00+00', 'Fin', false)`))
	if diff := cmp.Diff([][]string{{"", "Fin", "teammate"}, {"2026-02-02", "–", "66.7"}, {"2026-02-09", "–", "–"}, {"2026-02-16", "50", "–"}}, got["csat"]); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([][]string{{"", "older than a week", "older than a day", "open"}, {"no team", "1", "1", "1"}, {"Support", "1", "1", "1"}}, got["backlog-now"]); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"Mon 08:00", "1"}, got["hours"][4]); diff != "" {
		t.Error(diff)
	}
	broken := write(t, made(t, conversations, "ALTER TABLE conversation ALTER COLUMN conversation_last_closed_at TYPE VARCHAR USING 'never'"), Options{})
	if !strings.Contains(broken, "It could not be drawn: ") || !strings.Contains(broken, `id="channels-wide-t"`) {
		t.Errorf("says %.2000s", broken)
	}
}
