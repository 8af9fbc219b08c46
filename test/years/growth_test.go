package years

import (
	"database/sql"
	"flag"
	"fmt"
	"os"
	"regexp"
	"runtime/debug"
	"strconv"
	"strings"
	"testing"
	"time"

	_ "github.com/duckdb/duckdb-go/v2"

	"intercom-connector/deploy/recipes"
	"intercom-connector/operator/lake"
	"intercom-connector/operator/lake/audit"
	"intercom-connector/operator/lake/compact"
	"intercom-connector/operator/lake/erase"
	"intercom-connector/operator/lake/folder"
	"intercom-connector/operator/lake/views"
)

var (
	ages = flag.String("days", "", "measure a lake of 20,000 contacts, of so many days: several, by commas, as it grows")
	at   = flag.String("lake", "", "make the lake in this folder, go on with what is there, and leave it there")
	only = flag.String("only", "", "measure only what this regular expression names")
)

// TestGrowth makes the lake, takes the measures at each of its ages, and prints
// them. Whatever its age, it is sound, and every recipe answers within the memory
// that [views.Open] allows.
func TestGrowth(t *testing.T) {
	stages, contacts := *ages, 20_000
	if stages == "" {
		stages, contacts = "2,3", 500
	}
	root := *at
	if root == "" {
		root = t.TempDir()
	}
	g := newGrown(t, root, contacts)
	store, err := folder.Open(root)
	if err != nil {
		t.Fatal(err)
	}
	chosen := measures{only: regexp.MustCompile(*only)}
	for i, stage := range strings.Split(stages, ",") {
		days, err := strconv.Atoi(stage)
		if err != nil {
			t.Fatal(err)
		}
		chosen.ages = append(chosen.ages, stage)
		g.until(days)
		m := &aged{t: t, store: store, days: days, lake: lake.New(store, lake.Options{Now: func() time.Time { return firstDay.AddDate(0, 0, days) }})}
		chosen.take(t, "open, before it is compacted", m.open)
		chosen.take(t, "compact", m.compact)
		m.open()
		chosen.take(t, "open", m.open)
		all, err := recipes.All()
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range all {
			chosen.take(t, r.Name, func() string { return m.ask(r.SQL) })
		}
		chosen.take(t, "status", m.status)
		chosen.take(t, "verify", m.verify)
		chosen.take(t, "forget", func() string { return m.forget(g.contacts.ids[i]) })
		chosen.take(t, "verify after it", m.verify)
		m.db.Close()
	}
	if *ages != "" {
		t.Logf("\n%s", &chosen)
	}
}

// measures are what was measured, by what was done and the age of the lake.
type measures struct {
	only  *regexp.Regexp
	ages  []string
	names []string
	cells map[string][]string
}

// take measures the time of something, the processors' and the most memory that the
// process held meanwhile, where the system tells.
func (m *measures) take(t *testing.T, name string, do func() string) {
	if !m.only.MatchString(name) {
		return
	}
	debug.FreeOSMemory()
	forgetPeak()
	began, used := time.Now(), processors()
	told := do()
	told = fmt.Sprintf("%.1f s, CPU %.1f, %d MB%s", time.Since(began).Seconds(), (processors() - used).Seconds(), peak()/1e6, told)
	if m.cells == nil {
		m.cells = map[string][]string{}
	}
	if len(m.ages) == 1 {
		m.names = append(m.names, name)
	}
	m.cells[name] = append(m.cells[name], told)
	if *ages != "" {
		fmt.Fprintf(os.Stderr, "%s days, %s: %s\n", m.ages[len(m.ages)-1], name, told)
	}
	if t.Failed() {
		t.FailNow()
	}
}

// String is a table of Markdown.
func (m *measures) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "| days | %s |\n|---|%s\n", strings.Join(m.ages, " | "), strings.Repeat("---|", len(m.ages)))
	for _, name := range m.names {
		fmt.Fprintf(&b, "| %s | %s |\n", name, strings.Join(m.cells[name], " | "))
	}
	return b.String()
}

// aged is the lake at one of its ages.
type aged struct {
	t     *testing.T
	store *folder.Folder
	lake  *lake.Lake
	days  int
	db    *sql.DB
}

func (m *aged) open() string {
	if m.db != nil {
		m.db.Close()
	}
	published, err := m.lake.Publications(m.t.Context())
	if err != nil {
		m.t.Fatal(err)
	}
	if m.db, err = views.Open(m.t.Context(), published, m.store.Path); err != nil {
		m.t.Fatal(err)
	}
	return ""
}

func (m *aged) compact() string {
	if _, err := compact.Months(m.t.Context(), m.lake, 31); err != nil {
		m.t.Fatal(err)
	}
	return ""
}

// ask asks a recipe's question and tells how many rows it comes to.
func (m *aged) ask(question string) string {
	question, err := views.Prune(m.t.Context(), m.db, question)
	if err != nil {
		m.t.Fatal(err)
	}
	rows, err := m.db.QueryContext(m.t.Context(), question)
	if err != nil {
		m.t.Fatal(err)
	}
	defer rows.Close()
	n := 0
	for rows.Next() {
		n++
	}
	if err := rows.Err(); err != nil {
		m.t.Error(err)
	}
	return fmt.Sprintf(", %d rows", n)
}

func (m *aged) status() string {
	all, damaged, err := audit.Status(m.t.Context(), m.lake)
	if err != nil || len(all) != 10 || len(damaged) > 0 {
		m.t.Errorf("%d tables, %v, %v", len(all), damaged, err)
	}
	return ""
}

func (m *aged) verify() string {
	v, err := audit.Verify(m.t.Context(), m.lake)
	if err != nil || len(v.Problems) > 0 || len(v.Foreign) > 0 || v.Unpublished > 0 || v.Days != 10*m.days {
		m.t.Errorf("%d days, %d unpublished, %v, %v, %v", v.Days, v.Unpublished, v.Problems, v.Foreign, err)
	}
	return fmt.Sprintf(", %d MB, %d million rows", v.Bytes/1e6, v.Rows/1e6)
}

func (m *aged) forget(contact string) string {
	found, err := erase.Contact(m.t.Context(), m.lake, contact)
	if err != nil || len(found) < 2*m.days {
		m.t.Errorf("found in %d days, %v", len(found), err)
	}
	return fmt.Sprintf(", %d files anew", len(found))
}
