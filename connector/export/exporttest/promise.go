package exporttest

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"intercom-connector/sandbox"
)

// Outcome is what came of a product's runs against a workspace.
type Outcome struct {
	Err      error
	Warnings []string
	Wrong    []string // rows that are not as they should be, and Err does not say so
}

// Syncs runs a product twice, a day and two hours apart.
func Syncs(run func() (warnings []string, err error)) (o Outcome) {
	for sync := range 2 {
		if sync > 0 {
			time.Sleep(26 * time.Hour)
		}
		warnings, err := run()
		o.Warnings = append(o.Warnings, warnings...)
		if err != nil {
			o.Err = err
		}
	}
	return o
}

// Read is which datasets of the ids should be there: those that the workspace
// has rows of, but for the ones that the error or a Warning names as not read.
// With times in another zone nothing can be said of any.
func (o Outcome) Read(s *sandbox.Sandbox, ids []string) (all []string) {
	told := strings.Join(o.Warnings, "\n")
	if o.Err != nil {
		told += o.Err.Error()
	}
	if o.Err != nil && !strings.Contains(told, "dataset ") || strings.Contains(told, "the time zone may be wrong") {
		return nil
	}
	for _, id := range ids {
		named := strings.Contains(told, "dataset "+id+", ") || strings.Contains(told, "dataset "+id+" cannot be read")
		for range s.Truth(id) {
			if !named {
				all = append(all, id)
			}
			break
		}
	}
	return all
}

// Unsaid is what is wrong of the people, unless an error or a Warning says that a
// list of them was not read, or not proven.
func (o Outcome) Unsaid(wrong []string) []string {
	told := strings.Join(o.Warnings, "\n")
	if o.Err != nil {
		told += o.Err.Error()
	}
	if strings.Contains(told, "could not be proven complete") || strings.Contains(told, "membership: reading ") {
		return nil
	}
	return wrong
}

// Mixture holds the outcome of a mixture of dialects: nothing is wrong, and an
// error is of a dataset or a list.
func (o Outcome) Mixture(t testing.TB, dialects []string) {
	t.Helper()
	for _, line := range o.Wrong {
		t.Error(line)
	}
	if o.Err != nil && !strings.Contains(o.Err.Error(), "dataset ") && !strings.Contains(o.Err.Error(), "membership: reading ") {
		t.Error(o.Err)
	}
	if t.Failed() {
		t.Logf("dialects %q; error %v; warnings %q", dialects, o.Err, o.Warnings)
	}
}

// Promised is what docs/intercom.md says of each dialect, in its tables'
// columns "Connector" and "Lake".
type Promised map[string]struct{ connector, lake string }

var promise = regexp.MustCompile("(?m)^\\| `([^`]+)` \\| [^|]+ \\| ([^|]+) \\| ([^|]+) \\|$")

// Promises reads the page.
func Promises(t testing.TB, page string) Promised {
	t.Helper()
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	all := Promised{}
	for _, m := range promise.FindAllStringSubmatch(string(text), -1) {
		all[m[1]] = struct{ connector, lake string }{m[2], m[3]}
	}
	return all
}

// Connector holds an outcome against the page.
func (p Promised) Connector(t testing.TB, dialect string, o Outcome) {
	t.Helper()
	o.hold(t, p[dialect].connector)
}

// Lake is Connector for the lake.
func (p Promised) Lake(t testing.TB, dialect string, o Outcome) {
	t.Helper()
	o.hold(t, p[dialect].lake)
}

// hold: the page says "right", "right; warns: TEXT", "refused: TEXT", or of times
// in another zone "shifted; warns: TEXT", each with a text that must be there.
func (o Outcome) hold(t testing.TB, promised string) {
	t.Helper()
	for _, line := range o.Wrong {
		t.Error(line)
	}
	told := fmt.Sprintf("error %v; warnings %q", o.Err, o.Warnings)
	says := func(prefix, in string) bool {
		text, ok := strings.CutPrefix(promised, prefix)
		return ok && in != "" && strings.Contains(in, strings.Trim(text, "`"))
	}
	switch {
	case promised == "right" && o.Err == nil && len(o.Warnings) == 0:
	case o.Err == nil && says("right; warns: ", strings.Join(o.Warnings, "\n")):
	case o.Err == nil && says("shifted; warns: ", strings.Join(o.Warnings, "\n")):
	case o.Err != nil && says("refused: ", o.Err.Error()):
	default:
		t.Errorf("the page says %q; it was: %s", promised, told)
	}
}

// Workspace is one that speaks a dialect, small, founded a few days before a
// moment.
func Workspace(dialect string, now time.Time) sandbox.Options {
	o := sandbox.Options{
		RowsPerDay: 5, Epoch: now.Add(-3 * 24 * time.Hour), Contacts: 60, Companies: 12, Body: sandbox.Plain,
		Dialect: []string{dialect},
	}
	switch dialect {
	case "rows-cut": // which takes many
		o.Datasets = []sandbox.Dataset{calls(now.Add(-24*time.Hour), 100_500, time.Second/4)}
	case "long-windows-503", "long-windows-504", "long-windows-html", "scroll-taken", "scroll-taken-bare": // whose syncs take hours, in which nothing must happen
		o.Datasets = []sandbox.Dataset{calls(now.Add(-3*24*time.Hour), 72, time.Hour)}
	}
	return o
}

// Mixture is a workspace that speaks a mixture of dialects whose rows can be told
// beforehand. Two kinds cannot: where a sync takes hours, in which the workspace
// moves on; and where columns whose type is not known, or does not fit, hold what
// Intercom wrote in forms of its own.
func Mixture(seed uint64, now time.Time) sandbox.Options {
	for ; ; seed += 1_000_000 {
		o := Workspace(fmt.Sprintf("all-mixed=%d", seed), now)
		spoken := strings.Join(sandbox.New(o).Dialect(), " ")
		typeless := regexp.MustCompile("prefix-|qualified-ids-absent|type-changes").MatchString(spoken)
		slow := regexp.MustCompile("long-windows|budget-eaten|pace-|scroll-taken").MatchString(spoken)
		forms := regexp.MustCompile("times-|decimal-comma").MatchString(spoken)
		if !slow && !(typeless && forms) {
			return o
		}
	}
}

// calls are a dataset of calls, one after another.
func calls(start time.Time, n int, every time.Duration) sandbox.Dataset {
	d := sandbox.Dataset{
		ID: "call", TimeAttribute: "call_initiated_at",
		Attributes: []sandbox.Attribute{{QualifiedID: "call.call_id"}, {QualifiedID: "timestamp.call_initiated_at"}},
	}
	for i := range n {
		d.Rows = append(d.Rows, sandbox.Row{Time: start.Add(time.Duration(i) * every).Truncate(time.Second), Values: map[string]string{"call.call_id": fmt.Sprint(i)}})
	}
	return d
}
