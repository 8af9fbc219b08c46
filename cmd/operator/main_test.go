package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"

	"intercom-connector/intercom"
	"intercom-connector/internal/exit"
	"intercom-connector/operator/lake"
	"intercom-connector/operator/lake/folder"
	"intercom-connector/sandbox"
)

var today = time.Date(2026, 5, 4, 9, 30, 0, 0, time.UTC)

// operate runs a command line and returns what it writes.
func operate(t *testing.T, env map[string]string, args ...string) (out, problems string, err error) {
	t.Helper()
	var o, p bytes.Buffer
	c := newConsole(&o, &p, func(name string) string { return env[name] }, func() time.Time { return today })
	err = run(t.Context(), args, c)
	return o.String(), p.String(), err
}

func lakeIn(t *testing.T) string { return filepath.Join(t.TempDir(), "lake") }

func TestSnapshotOnTheSandbox(t *testing.T) {
	lake := lakeIn(t)
	out, problems, err := operate(t, nil, "snapshot", "--sandbox", "--output", lake, "--days", "3", "--reporting", "conversation")
	if err != nil {
		t.Fatal(err, problems)
	}
	for _, line := range []string{
		"This is the sandbox", "snapshot of 2026-05-02: ", "snapshot of 2026-05-03: ", "snapshot of 2026-05-04: ", "reporting since 2026-05-02: ",
	} {
		if !strings.Contains(problems, line) {
			t.Errorf("it does not say %q:\n%s", line, problems)
		}
	}
	if !strings.HasSuffix(out, "\nNext: go run ./cmd/debug query --lake "+lake+" --recipe segment-size-by-day\n") {
		t.Errorf("it does not end with what comes next:\n%s", out)
	}
	for _, table := range []string{"contact ", "company_segment ", "membership_snapshot ", "conversation "} {
		if !strings.Contains(out, "\n"+table) {
			t.Errorf("it does not list %s:\n%s", table, out)
		}
	}
	parts, err := filepath.Glob(filepath.Join(lake, "contact", "dt=2026-05-0[234]", "*-00000.ndjson.gz"))
	if err != nil || len(parts) != 3 {
		t.Errorf("%v, %v", parts, err)
	}
	out, _, err = operate(t, nil, "verify", "--output", lake)
	if err != nil || !strings.HasPrefix(out, "not proven complete: conversation 2026-05-04\nnot proven complete: deleted_conversation 2026-05-04\n14 tables, 36 table days published: ") {
		t.Errorf("%s, %v", out, err)
	}
}

// TestLookingAfterALake: what there is, what is wrong, and what puts it right.
func TestLookingAfterALake(t *testing.T) {
	lake := lakeIn(t)
	if _, problems, err := operate(t, nil, "snapshot", "--sandbox", "--output", lake, "--days", "6", "--tables", "tag", "--compact"); err != nil {
		t.Fatal(err, problems)
	}
	if months, err := filepath.Glob(filepath.Join(lake, "_index", "*")); err != nil || len(months) != 0 {
		t.Errorf("a month that look-backs change is indexed: %v, %v", months, err)
	}
	out, _, err := operate(t, nil, "compact", "--output", lake, "--keep", "0")
	if err != nil || out != "1 month indexed; nothing was removed.\n" {
		t.Errorf("%s, %v", out, err)
	}
	if err := os.Remove(filepath.Join(lake, "_published", "tag", "dt=2026-05-02.json")); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(lake, "_published", "tag", "dt=2026-05-03.json"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	out, _, err = operate(t, nil, "status", "--output", lake)
	for _, line := range []string{"\ntag    2026-04-29  2026-05-04     4        2 ", "\ntag, missing: 2026-05-02 to 2026-05-03\n", "\ndamaged: _published/tag/dt=2026-05-03.json: "} {
		if err != nil || !strings.Contains(out, line) {
			t.Errorf("%s, %v", out, err)
		}
	}
	out, _, err = operate(t, nil, "copy", filepath.Join(t.TempDir(), "damaged"), "--output", lake)
	if exit.Code(err) != 1 || !strings.HasPrefix(out, "4 table days copied") || !strings.Contains(err.Error(), "operator verify --repair puts right what can be: _published/tag/dt=2026-05-03.json: ") {
		t.Errorf("%s, %v", out, err)
	}
	out, _, err = operate(t, nil, "verify", "--output", lake, "--repair")
	if err != nil || !strings.HasPrefix(out, "repaired: _published/tag/dt=2026-05-03.json: written again from its parts, ") {
		t.Errorf("%s, %v", out, err)
	}
	copied := filepath.Join(t.TempDir(), "copied")
	if out, _, err := operate(t, nil, "copy", copied, "--output", lake); err != nil || out != "5 table days copied into "+copied+".\n" {
		t.Errorf("%s, %v", out, err)
	}
	want, _, _ := operate(t, nil, "verify", "--output", lake)
	if out, _, err := operate(t, nil, "verify", "--output", copied); err != nil || out != want {
		t.Errorf("the copy: %s, %v, want %s", out, err, want)
	}
	if _, _, err := operate(t, nil, "copy", copied, "--output", lake); exit.Code(err) != exit.Usage || !strings.Contains(err.Error(), "name a new folder") {
		t.Errorf("got %v", err)
	}
	out, _, err = operate(t, nil, "status", "--output", lake, "--json")
	if err != nil || !strings.Contains(out, `"missing": [
        {
          "first_day": "2026-05-02",
          "last_day": "2026-05-02"
        }
      ],
      "not_complete": [
        {
          "first_day": "2026-05-03",
          "last_day": "2026-05-03"
        }
      ]
    }
  ]
}
`) {
		t.Errorf("%s, %v", out, err)
	}
}

func TestForgetAndVerify(t *testing.T) {
	lake := lakeIn(t)
	if _, problems, err := operate(t, nil, "snapshot", "--sandbox", "--output", lake, "--days", "2"); err != nil {
		t.Fatal(err, problems)
	}
	parts, err := filepath.Glob(filepath.Join(lake, "contact_tag", "dt=2026-05-04", "*.gz"))
	if err != nil || len(parts) != 1 {
		t.Fatal(parts, err)
	}
	contact := firstContact(t, parts[0])
	out, _, err := operate(t, nil, "forget", contact, "--output", lake)
	if err != nil || !strings.Contains(out, "2026-05-04 contact  1 row, removed\n") || !strings.Contains(out, "2026-05-03 contact  1 row, removed\n") ||
		!strings.Contains(out, "written anew.\nNot covered: ") {
		t.Errorf("%s, %v", out, err)
	}
	out, _, err = operate(t, nil, "forget", contact, "--output", lake, "--purge")
	if err != nil || out != contact+" is nowhere in "+lake+".\nA folder keeps no old versions.\n" {
		t.Errorf("%s, %v", out, err)
	}
	if out, _, err := operate(t, nil, "verify", "--output", lake); err != nil {
		t.Errorf("%s, %v", out, err)
	}
	parts, err = filepath.Glob(filepath.Join(lake, "tag", "dt=2026-05-04", "*.gz"))
	if err != nil || len(parts) != 1 {
		t.Fatal(parts, err)
	}
	if err := os.Truncate(parts[0], 10); err != nil {
		t.Fatal(err)
	}
	out, _, err = operate(t, nil, "verify", "--output", lake)
	if err == nil || !strings.Contains(out, "wrong: tag/dt=2026-05-04/") {
		t.Errorf("%s, %v", out, err)
	}
}

// firstContact reads an id out of a part of contact_tag.
func firstContact(t *testing.T, name string) string {
	t.Helper()
	file, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	z, err := gzip.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	var text bytes.Buffer
	if _, err := text.ReadFrom(z); err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(text.String(), `{"contact_id":"`)
	id, _, found := strings.Cut(rest, `"`)
	if !found {
		t.Fatalf("no contact in %q", text.String())
	}
	return id
}

// tokenOf is an environment with a workspace's token.
func tokenOf(t *testing.T, box *sandbox.Sandbox, token string) map[string]string {
	t.Helper()
	url, closeBox, err := box.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = closeBox() })
	return map[string]string{"INTERCOM_ACCESS_TOKEN": token, "INTERCOM_BASE_URL": url}
}

func TestWorkspaceOfAToken(t *testing.T) {
	box := sandbox.New(sandbox.Options{
		Token: "secret-token", Contacts: 30, Companies: 5, Timezone: "Pacific/Auckland",
		Now: func() time.Time { return today.Add(4 * time.Hour) },
	})
	env := tokenOf(t, box, "secret-token")
	lake := lakeIn(t)
	out, problems, err := operate(t, env, "snapshot", "--output", lake, "--no-pii", "-v")
	if err != nil {
		t.Fatal(err, problems)
	}
	if strings.Contains(out+problems, "secret-token") || strings.Contains(problems, "This is the sandbox") {
		t.Errorf("%s%s", out, problems)
	}
	// The day is that of Intercom's clock, four hours ahead of this machine's.
	if _, err := os.Stat(filepath.Join(lake, "_published", "contact", "dt=2026-05-05.json")); err != nil {
		t.Error(err)
	}
	if _, _, err := operate(t, env, "snapshot", "--output", lake, "--days", "3"); err == nil || !strings.Contains(err.Error(), "a real workspace tells of today only") {
		t.Errorf("got %v", err)
	}
	env["INTERCOM_ACCESS_TOKEN"] = "another-token"
	if _, problems, err := operate(t, env, "snapshot", "--output", lake); err == nil ||
		!strings.Contains(err.Error(), "Intercom refuses the access token") || strings.Contains(problems+err.Error(), "another-token") {
		t.Errorf("got %v", err)
	}
}

// TestTheDayIsIntercoms: a machine whose clock is hours behind or ahead takes the
// day that Intercom has, and leaves the published day before it as it is.
func TestTheDayIsIntercoms(t *testing.T) {
	for _, by := range []time.Duration{-20 * time.Hour, 20 * time.Hour} {
		var day time.Duration
		box := sandbox.New(sandbox.Options{
			Token: "secret-token", Contacts: 30, Companies: 5, Timezone: "Pacific/Auckland", Epoch: today.AddDate(0, 0, -30),
			Now: func() time.Time { return today.Add(by + day) },
		})
		env := tokenOf(t, box, "secret-token")
		lake := lakeIn(t)
		zone, err := time.LoadLocation("Pacific/Auckland")
		if err != nil {
			t.Fatal(err)
		}
		was := ""
		for _, day = range []time.Duration{0, 24 * time.Hour} {
			if _, problems, err := operate(t, env, "snapshot", "--output", lake, "--tables", "tag"); err != nil {
				t.Fatal(err, problems)
			}
			dt := today.Add(by + day).In(zone).Format(time.DateOnly)
			if _, err := os.Stat(filepath.Join(lake, "_published", "tag", "dt="+dt+".json")); err != nil || dt == was {
				t.Errorf("a clock that Intercom's is %v ahead of: %v", by, err)
			}
			was = dt
		}
		if days, err := filepath.Glob(filepath.Join(lake, "_published", "tag", "*.json")); err != nil || len(days) != 2 {
			t.Errorf("published are %v, %v", days, err)
		}
	}
}

func TestMissingScopeIsNamed(t *testing.T) {
	box := sandbox.New(sandbox.Options{Scopes: []string{sandbox.ScopeTags}})
	env := tokenOf(t, box, "sandbox-token")
	lake := lakeIn(t)
	_, _, err := operate(t, env, "snapshot", "--output", lake)
	if err == nil || !strings.Contains(err.Error(), `also "Read and list users and companies"`) {
		t.Errorf("got %v", err)
	}
	if found, _ := os.ReadDir(filepath.Join(lake, "_published")); len(found) != 1 || found[0].Name() != "tag" {
		t.Errorf("published: %v, though the token reads tags only", found)
	}
}

// A dataset that is forbidden is told of, and once, to people and to a program.
func TestAWarningIsToldOnce(t *testing.T) {
	env := tokenOf(t, sandbox.New(sandbox.Options{Dialect: []string{"dataset-forbidden-403"}, Contacts: 2, Companies: 1, RowsPerDay: 2}), "sandbox-token")
	var out, problems bytes.Buffer
	c := newConsole(&out, &problems, func(name string) string { return env[name] }, time.Now)
	err := run(t.Context(), []string{"snapshot", "--json", "--output", lakeIn(t), "--tables", "tag", "--reporting", "all", "--since", time.Now().UTC().Format(time.DateOnly)}, c)
	if n := strings.Count(problems.String(), "it was never read before, so that the sync goes on without it"); err != nil || n != 1 {
		t.Errorf("told %d times, %v:\n%s", n, err, &problems)
	}
	var did report
	if err := json.Unmarshal(out.Bytes(), &did); err != nil || did.Day != time.Now().UTC().Format(time.DateOnly) || did.Seconds <= 0 {
		t.Fatalf("%v: %s", err, &out)
	}
	if len(did.Warnings) != 1 || !strings.HasSuffix(did.Warnings[0], "so that the sync goes on without it") {
		t.Errorf("warned of %q", did.Warnings)
	}
	if i := slices.IndexFunc(did.Tables, func(t reportedTable) bool { return t.Name == "tag" }); i < 0 || did.Tables[i].Rows == 0 || !did.Tables[i].Complete {
		t.Errorf("published %+v", did.Tables)
	}
	if !slices.ContainsFunc(did.Tables, func(t reportedTable) bool { return t.Name == "conversation" && !t.Complete }) {
		t.Errorf("of the reporting %+v", did.Tables)
	}
}

func TestMistakesAreNamed(t *testing.T) {
	empty := lakeIn(t)
	for _, c := range []struct {
		args []string
		env  map[string]string
		want string
	}{
		{args: []string{"snapshot", "--sandbox", "--tables", "friend", "--output", empty}, want: `no table "friend"`},
		{args: []string{"snapshot", "--days", "-1", "--output", empty}, want: "--days"},
		{args: []string{"snapshot", "--since", "2026-05-01", "--output", empty}, want: "--since and --believe go with --reporting"},
		{args: []string{"snapshot", "--sandbox", "--tables", "tag", "--reporting", "conversation", "--since", "May", "--output", empty}, want: `--since "May" is not a date such as 2026-05-04`},
		{args: []string{"verify", "--output", empty + "-none"}, want: "there is no lake at"},
		{args: []string{"forget", "5ba682d23d7cf92bef87bfd4", "--output", empty + "-none"}, want: "there is no lake at"},
		{args: []string{"forget", "12", "--output", t.TempDir()}, want: "a contact's id in Intercom, such as"},
		{args: []string{"forget"}, want: "contact"},
		{args: []string{"snap"}, want: "unexpected argument snap"},
		{
			args: []string{"snapshot", "--output", empty}, env: map[string]string{"INTERCOM_BASE_URL": "http://localhost:1"},
			want: "there is a configuration in the environment (INTERCOM_BASE_URL), but no INTERCOM_ACCESS_TOKEN",
		},
		{args: []string{"snapshot", "--output", empty}, want: "no access token: set INTERCOM_ACCESS_TOKEN to that of your workspace, or name a configuration.json with --configuration; --sandbox tries things out without one"},
		{args: []string{"snapshot", "--output", empty}, env: map[string]string{"INTERCOM_ACCESS_TOKEN": "t", "INTERCOM_LOOKBACK_DAYS": "never"}, want: `lookback_days: is "never": a whole number of days, from 0 to 365`},
	} {
		_, _, err := operate(t, c.env, c.args...)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v: %v, want %q", c.args, err, c.want)
		}
	}
	if found, _ := os.ReadDir(filepath.Join(empty, "_published")); len(found) != 0 {
		t.Errorf("mistakes published %v", found)
	}
	for _, args := range [][]string{nil, {"--help"}, {"snapshot", "--help"}} {
		if out, _, err := operate(t, nil, args...); err != nil || !strings.Contains(out, "Usage: operator") {
			t.Errorf("%v: %q, %v", args, out, err)
		}
	}
	if out, _, err := operate(t, nil, "version"); err != nil || !strings.HasPrefix(out, "operator 0.") {
		t.Errorf("%q, %v", out, err)
	}
}

// TestALakeIsAWorkspaces refuses another workspace, and the sandbox, before
// anything is written, and lets a lake in which two were mixed be sorted out.
func TestALakeIsAWorkspaces(t *testing.T) {
	box := sandbox.New(sandbox.Options{Token: "secret-token", AppID: "w2", Contacts: 30, Companies: 5, Now: func() time.Time { return today }})
	env := tokenOf(t, box, "secret-token")
	lake := lakeIn(t)
	if _, problems, err := operate(t, env, "snapshot", "--output", lake); err != nil {
		t.Fatal(err, problems)
	}
	identity := read(t, filepath.Join(lake, "_lake.json"))
	if want := fmt.Sprintf(`{"version":1,"workspace_id":"w2","made_at":"2026-05-04T09:30:00Z","made_by":%q}`, intercom.Version); identity != want+"\n" {
		t.Errorf("_lake.json: %s, not %s", identity, want)
	}
	for _, table := range []string{"contact", "company_tag"} {
		p := read(t, filepath.Join(lake, "_published", table, "dt=2026-05-04.json"))
		if !strings.Contains(p, `"workspace_id":"w2"`) || !strings.Contains(p, `"zone":"America/New_York","from":"2026-05-04T04:00:00Z","to":"2026-05-05T04:00:00Z"`) {
			t.Error(p)
		}
	}
	was := tree(t, lake)
	for _, args := range [][]string{{"--sandbox"}, {"--sandbox", "--days", "3"}, {"--sandbox", "--tables", "tag"}} {
		_, _, err := operate(t, env, append([]string{"snapshot", "--output", lake}, args...)...)
		if err == nil || !strings.Contains(err.Error(), "belongs to workspace w2, and this is workspace sandbox: name another place by --output") {
			t.Errorf("%v: %v", args, err)
		}
	}
	if is := tree(t, lake); is != was {
		t.Errorf("a refusal changed the lake: it was %s and is %s", was, is)
	}
	// As an earlier version has left it, which knew no workspaces: the sandbox's
	// days beside the real one.
	mixed := lakeIn(t)
	if _, problems, err := operate(t, nil, "snapshot", "--sandbox", "--days", "3", "--output", mixed); err != nil {
		t.Fatal(err, problems)
	}
	forgetWorkspace(t, mixed)
	if _, _, err := operate(t, env, "snapshot", "--output", mixed); err == nil || !strings.Contains(err.Error(), "holds days of workspace sandbox (2026-05-02 to 2026-05-04), and this is workspace w2") {
		t.Errorf("a sandbox's lake: %v", err)
	}
	replaceDay(t, lake, mixed, "2026-05-04")
	forgetWorkspace(t, mixed)
	_, _, err := operate(t, env, "snapshot", "--output", mixed)
	if err == nil || !strings.Contains(err.Error(), "days of several workspaces, sandbox (2026-05-02 to 2026-05-03) and w2 (2026-05-04 to 2026-05-04)") || !strings.Contains(err.Error(), "operator adopt --workspace w2") {
		t.Fatalf("a mixed lake: %v", err)
	}
	foreign := filesOf(t, mixed, "2026-05-02", "2026-05-03")
	out, _, err := operate(t, nil, "adopt", "--workspace", "w2", "--output", mixed)
	if err != nil || !strings.Contains(out, "2026-05-02 contact  set aside\n") || !strings.Contains(out, "; 18 table days set aside in _aside.\n") {
		t.Errorf("%s, %v", out, err)
	}
	if _, err := os.Stat(filepath.Join(mixed, "_aside", "sandbox", "_published", "contact", "dt=2026-05-02.json")); err != nil {
		t.Error(err)
	}
	if aside := filesOf(t, filepath.Join(mixed, "_aside", "sandbox"), "2026-05-02", "2026-05-03"); !maps.Equal(aside, foreign) || len(aside) < 36 {
		t.Errorf("%d files were set aside as %d, or others", len(foreign), len(aside))
	}
	parts, err := filepath.Glob(filepath.Join(mixed, "_aside", "sandbox", "contact_tag", "dt=2026-05-02", "*.gz"))
	if err != nil || len(parts) != 1 {
		t.Fatal(parts, err)
	}
	contact := firstContact(t, parts[0])
	out, _, err = operate(t, nil, "forget", contact, "--output", mixed)
	if want := "2026-05-02 contact  1 row, removed; set aside, of workspace sandbox\n"; err != nil || !strings.Contains(out, want) {
		t.Errorf("%s, %v", out, err)
	}
	if out, _, err = operate(t, nil, "forget", contact, "--output", mixed); err != nil || !strings.HasPrefix(out, contact+" is nowhere") {
		t.Errorf("once more: %s, %v", out, err)
	}
	if _, problems, err := operate(t, env, "snapshot", "--output", mixed); err != nil {
		t.Error(err, problems)
	}
	if out, _, err := operate(t, nil, "verify", "--output", mixed); err != nil || !strings.HasPrefix(out, "9 tables, 9 table days published") {
		t.Errorf("%s, %v", out, err)
	}
}

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// filesOf are the files of some days of a lake, by their names in it.
func filesOf(t *testing.T, lake string, days ...string) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, day := range days {
		for _, pattern := range []string{"[a-z]*/dt=" + day + "/*", "_published/*/dt=" + day + ".json"} {
			names, err := filepath.Glob(filepath.Join(lake, pattern))
			if err != nil {
				t.Fatal(err)
			}
			for _, name := range names {
				all[strings.TrimPrefix(name, lake)] = read(t, name)
			}
		}
	}
	return all
}

// tree lists the files of a lake.
func tree(t *testing.T, lake string) string {
	t.Helper()
	var all []string
	err := filepath.WalkDir(lake, func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() && d.Name() != "_lock" {
			all = append(all, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(all, "\n")
}

// forgetWorkspace makes a lake one of those that do not say whose they are.
func forgetWorkspace(t *testing.T, lake string) {
	t.Helper()
	if err := os.Remove(filepath.Join(lake, "_lake.json")); err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	paths, err := filepath.Glob(filepath.Join(lake, "_published", "*", "*.json"))
	if err != nil || len(paths) == 0 {
		t.Fatal(paths, err)
	}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err == nil {
			text = regexp.MustCompile(`"workspace_id":"[^"]*",`).ReplaceAll(text, nil)
			err = os.WriteFile(path, text, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// replaceDay replaces a day of a lake by that of another.
func replaceDay(t *testing.T, from, to, dt string) {
	t.Helper()
	days, err := filepath.Glob(filepath.Join(from, "*", "dt="+dt))
	if err != nil || len(days) == 0 {
		t.Fatal(days, err)
	}
	for _, day := range days {
		table := filepath.Base(filepath.Dir(day))
		name := filepath.Join("_published", table, "dt="+dt+".json")
		err := os.RemoveAll(filepath.Join(to, table, "dt="+dt))
		if err == nil {
			err = os.CopyFS(filepath.Join(to, table, "dt="+dt), os.DirFS(day))
		}
		var text []byte
		if err == nil {
			text, err = os.ReadFile(filepath.Join(from, name))
		}
		if err == nil {
			err = os.WriteFile(filepath.Join(to, name), text, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// TestExitCodes tells a wrong command from one that failed.
func TestExitCodes(t *testing.T) {
	for _, c := range []struct {
		args []string
		code int
	}{
		{[]string{"snapshot"}, 2},
		{[]string{"snapshot", "--days", "3"}, 2},
		{[]string{"snap"}, 2},
		{[]string{"verify", "--output", "/nowhere"}, 1},
		{[]string{"status", "--shared"}, 2}, // it writes nothing
		{[]string{"snapshot", "--sandbox", "--reporting", "conversatoin", "--output", lakeIn(t)}, 2},
	} {
		if _, _, err := operate(t, nil, c.args...); err == nil || exit.Code(err) != c.code {
			t.Errorf("%v: %v", c.args, err)
		}
	}
}

// TestBusy ends with a code of its own while another run writes to the lake.
func TestBusy(t *testing.T) {
	root := lakeIn(t)
	store, err := folder.Open(root)
	if err != nil {
		t.Fatal(err)
	}
	other, err := lake.New(store, lake.Options{}).Begin(t.Context(), []string{"tag"}, "2026-05-04", "2026-05-04")
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := operate(t, nil, "snapshot", "--sandbox", "--output", root); exit.Code(err) != exit.Busy {
		t.Errorf("code %d, %v", exit.Code(err), err)
	}
	if err := other.Abandon(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, problems, err := operate(t, nil, "snapshot", "--sandbox", "--output", root); err != nil {
		t.Error(err, problems)
	}
}

// TestNoDatabaseInside: the operator writes files; what reads them is not its
// business, and would be most of its size.
func TestNoDatabaseInside(t *testing.T) {
	out, err := exec.CommandContext(t.Context(), "go", "list", "-deps", ".").Output()
	if err != nil {
		t.Fatal(err)
	}
	for dependency := range strings.Lines(string(out)) {
		if strings.Contains(dependency, "duckdb") || strings.Contains(dependency, "intercom-connector/tester") {
			t.Errorf("it depends on %s", dependency)
		}
	}
}

// A place in S3 with a slash too few would be a folder called s3:.
func TestMisspeltPlace(t *testing.T) {
	t.Chdir(t.TempDir())
	_, _, err := operate(t, nil, "snapshot", "--sandbox", "--output", "s3:/bucket/prefix")
	if exit.Code(err) != exit.Usage || !strings.Contains(err.Error(), "write s3://bucket/prefix") {
		t.Errorf("got %v", err)
	}
	if _, err := os.Stat("s3:"); err == nil {
		t.Error("it made a folder")
	}
	if _, _, err := operate(t, nil, "snapshot", "--sandbox", "--output", `C:\lake`); runtime.GOOS != "windows" && exit.Code(err) != exit.Usage {
		t.Errorf("got %v", err)
	}
}
