package operator

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"intercom-connector/connector/export/exporttest"
	"intercom-connector/connector/export/plan"
	"intercom-connector/operator/lake"
	"intercom-connector/operator/lake/erase"
	"intercom-connector/operator/lake/part"
	"intercom-connector/sandbox"
)

// told is what the lake tells of messages: rows by their keys.
type told struct{ receipts, events map[string]map[string]any }

// told reads the lake, and holds it to its rules: a row is there once, in the day of
// its time.
func (e *exporting) told(zone *time.Location) told {
	e.t.Helper()
	read := func(table, at string, key ...string) map[string]map[string]any {
		all := map[string]map[string]any{}
		for dt, rows := range e.rows(table) {
			for _, row := range rows {
				when, err := time.Parse(part.TimestampForm, fmt.Sprint(row[at]))
				if err != nil || plan.DayOf(when, zone).Date != dt {
					e.t.Errorf("%s of %s holds a row of %v", table, dt, row[at])
				}
				id := ""
				for _, name := range key {
					id += fmt.Sprint(row[name], "|")
				}
				if all[id] != nil {
					e.t.Errorf("%s holds %s twice", table, id)
				}
				all[id] = row
			}
		}
		return all
	}
	return told{
		read("message_receipt", "received_at", "receipt_id"),
		read("message_event", "occurred_at", "receipt_id", "event", "occurred_at", "occurrence"),
	}
}

// less is where a lake tells less than before.
func (now told) less(before told) (found []string) {
	for id, row := range before.receipts {
		for column, value := range row {
			is, ok := now.receipts[id][column].(string)
			if strings.HasPrefix(column, "first_") && (!ok || is > fmt.Sprint(value)) {
				found = append(found, fmt.Sprintf("receipt %s had %s at %v, and now at %q", id, column, value, is))
			}
		}
	}
	for id := range before.events {
		if now.events[id] == nil {
			found = append(found, "event "+id+" was there and is not now")
		}
	}
	return found
}

// engagementDifferences are where the lake and the workspace part: of every message
// sent since the floor the lake holds all that happened within the look-back, and
// nothing that did not happen.
func (e *exporting) engagementDifferences(zone *time.Location, lookback time.Duration) (found []string) {
	wrong := func(format string, args ...any) { found = append(found, fmt.Sprintf(format, args...)) }
	floor, sent, settled := e.engagementKnown()
	if time.Since(sent) > 8*time.Hour || lookback > 0 && time.Since(settled) > 26*time.Hour {
		wrong("messages are read to %v, and what happened to them to %v", sent, settled)
	}
	is := e.told(zone)
	for r := range e.sandbox.TruthReceipts() {
		if r.Sent.Before(floor) {
			continue
		}
		row := is.receipts[r.ID+"|"]
		delete(is.receipts, r.ID+"|")
		if row == nil {
			if !r.Sent.After(sent) {
				wrong("receipt %s of %v is not there", r.ID, r.Sent)
			}
			continue
		}
		first, counted := map[string]bool{}, map[string]int{}
		for _, ev := range r.Events {
			must := !ev.At.After(r.Sent.Add(lookback)) && !ev.At.After(settled)
			at := ev.At.UTC().Format(time.DateTime)
			id := fmt.Sprint(r.ID, "|", ev.Name, "|", at, "|")
			id, counted[id] = fmt.Sprint(id, counted[id], "|"), counted[id]+1
			event := is.events[id]
			delete(is.events, id)
			details := map[string]string{}
			if text, ok := event["details"].(string); ok {
				if err := json.Unmarshal([]byte(text), &details); err != nil {
					wrong("event %s: %v", id, err)
				}
			}
			delete(details, "user_id") // what a dialect repeats of the receipt
			delete(details, "received_at")
			if event == nil && must {
				wrong("event %s of a message of %v is not there", id, r.Sent)
			} else if event != nil && !maps.Equal(details, ev.Values) {
				wrong("event %s has details %v, want %v", id, details, ev.Values)
			}
			if !first[ev.Name] && must && row["first_"+ev.Name] != at {
				wrong("receipt %s first met with %s at %v, want %s", r.ID, ev.Name, row["first_"+ev.Name], at)
			}
			first[ev.Name] = true
		}
	}
	for id := range is.receipts {
		wrong("receipt %s is not of the workspace", id)
	}
	for id := range is.events {
		wrong("event %s is not of the workspace", id)
	}
	return found
}

// engagementKnown is from when on messages are read, up to when, and up to when what
// happened to them.
func (e *exporting) engagementKnown() (floor, sent, settled time.Time) {
	e.t.Helper()
	var p struct {
		Engagement struct{ Floor, Cursor, Told int64 }
	}
	if err := e.lake().Read(context.Background(), "_reporting.json", &p); err != nil || p.Engagement.Floor == 0 {
		e.t.Fatalf("no state: %v", err)
	}
	return time.Unix(p.Engagement.Floor, 0), time.Unix(p.Engagement.Cursor, 0), time.Unix(p.Engagement.Told, 0)
}

// manyEngagements is for make torture; firstHistory is theirs too.
var manyEngagements = flag.Int("engagements", 4, "how many histories TestEngagementInTheLake plays")

// TestEngagementInTheLake: after any sequence of runs, machines that go off, and runs
// that are cut off while a job works, once a whole run has looked back, the lake is the
// workspace's truth within the look-back. At no time does it tell less than before, and
// what is published already is not published again.
func TestEngagementInTheLake(t *testing.T) {
	zones := []string{"UTC", "America/New_York", "Asia/Kolkata", "Pacific/Auckland"}
	for seed := *firstHistory; seed < *firstHistory+*manyEngagements; seed++ {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			random := rand.New(rand.NewPCG(uint64(seed), 19))
			zone, err := time.LoadLocation(zones[random.IntN(len(zones))])
			if err != nil {
				t.Fatal(err)
			}
			days, lookback := 2+random.IntN(6), []int{30, 30, 7, 2, 0}[random.IntN(5)]
			back, pace := time.Duration(1+random.IntN(70))*day, random.IntN(1000)
			o := sandbox.Options{
				Timezone: zone.String(), Datasets: []sandbox.Dataset{hourlyCalls(monday.Add(-day), 3)},
				Receipts: exporttest.Messages(random, 60, monday.Add(-back-20*day), monday.Add(time.Duration(days)*day)),
				JobTime: func(of string, rows int, span time.Duration) time.Duration { // not random: it is asked beside the test
					if of != "message_data" {
						return time.Second
					}
					return time.Duration((pace*(rows+1)+int(span.Seconds()))%900) * time.Second
				},
			}
			exportInBubble(t, monday, o, func(e *exporting) {
				e.set("dataset_id", "call", "engagement", "on", "lookups", "none", "lookback_days", strconv.Itoa(lookback),
					"initial_start_time", monday.Add(-back).Format(time.DateOnly))
				e.live(random, zone, days)
				if random.IntN(2) == 0 {
					e.set("initial_start_time", monday.Add(-back-time.Duration(random.IntN(40))*day).Format(time.DateOnly))
					e.live(random, zone, 1)
				}
				e.mustRun()
				for _, difference := range e.engagementDifferences(zone, time.Duration(lookback)*day) {
					t.Error(difference)
				}
				e.wellKept()
				e.mustRun()
				for _, published := range e.days {
					if strings.HasPrefix(published, "message_") {
						t.Errorf("%s is published again, though nothing is new", published)
					}
				}
				if t.Failed() {
					t.Logf("look-back %d, %d days, start %v back, %v", lookback, days, back, zone)
				}
			})
		})
	}
}

// live runs for some days, several times a day: whole, on a machine that goes off, or
// cut off while a job works.
func (e *exporting) live(random *rand.Rand, zone *time.Location, days int) {
	whole, before := e.store, told{}
	for end := time.Now().Add(time.Duration(days) * day); time.Now().Before(end); {
		ctx, stop := context.WithCancel(context.Background())
		switch random.IntN(3) {
		case 0:
			deadly := &dying{Store: whole}
			deadly.left.Store(random.Int64N(120))
			e.store = deadly
		case 1:
			ctx, stop = context.WithTimeout(ctx, time.Duration(random.Int64N(int64(20*time.Minute))))
		}
		err := e.run(ctx)
		stop()
		e.store = whole
		if err != nil && !errors.Is(err, errDead) && !errors.Is(err, context.DeadlineExceeded) {
			e.t.Fatal(err)
		}
		for _, warning := range e.warnings {
			e.t.Errorf("a warning: %s", warning)
		}
		now := e.told(zone)
		for _, less := range now.less(before) {
			e.t.Error(less)
		}
		before = now
		time.Sleep(time.Duration(random.Int64N(int64(18 * time.Hour))))
	}
}

// mailing runs a test in a workspace with messages of two months.
func mailing(t *testing.T, change func(*sandbox.Options), test func(*exporting)) {
	o := sandbox.Options{
		Timezone: "UTC", Datasets: []sandbox.Dataset{hourlyCalls(monday.Add(-2*day), 48)},
		Receipts: exporttest.Messages(rand.New(rand.NewPCG(2, 2)), 60, monday.Add(-50*day), monday.Add(3*day)),
	}
	if change != nil {
		change(&o)
	}
	exportInBubble(t, monday, o, func(e *exporting) {
		e.set("dataset_id", "call", "engagement", "on", "lookups", "none", "initial_start_time", "2026-01-20")
		test(e)
	})
}

// isTheTruth holds the lake against the workspace.
func (e *exporting) isTheTruth() {
	e.t.Helper()
	for _, difference := range e.engagementDifferences(time.UTC, 30*day) {
		e.t.Error(difference)
	}
	for _, difference := range e.differences("call", time.UTC, "2026-01-20") {
		e.t.Error(difference)
	}
	e.wellKept()
}

// What is forbidden ends message engagement by name, after all else has landed.
func TestEngagementFailsAlone(t *testing.T) {
	mailing(t, nil, func(e *exporting) {
		e.intercept = func(r *http.Request) *http.Response {
			if r.URL.Path != "/export/content/data" {
				return nil
			}
			return answer(403, `{"type":"error.list","errors":[{"code":"forbidden","message":"No."}]}`)
		}
		err := e.run(context.Background())
		if err == nil || !strings.Contains(err.Error(), "message engagement, ") || !strings.Contains(err.Error(), "403 forbidden") {
			t.Errorf("got %v", err)
		}
		for _, difference := range e.differences("call", time.UTC, "2026-01-20") {
			t.Error(difference)
		}
		e.intercept = nil
		e.mustRun()
		e.isTheTruth()
	})
}

// Another's export is waited for. One that works when something else is due goes on
// meanwhile, and the next run takes it up.
func TestEngagementYields(t *testing.T) {
	until := monday.Add(20 * time.Minute)
	slow := func(o *sandbox.Options) {
		o.ForeignMessages = func(now time.Time) bool { return now.Before(until) }
		o.JobTime = func(of string, _ int, _ time.Duration) time.Duration {
			if of == "message_data" {
				return 25 * time.Minute
			}
			return time.Second
		}
	}
	mailing(t, slow, func(e *exporting) {
		e.set("initial_start_time", "2026-02-20")
		e.exports.Due = func() bool { return time.Since(monday) > 21*time.Minute }
		if err := e.run(context.Background()); !errors.Is(err, ErrNotDone) {
			t.Errorf("got %v", err)
		}
		e.exports.Due = nil
		e.mustRun()
		e.isTheTruth()
		calls := e.sandbox.Stats().Calls
		// One more looks for what is new since, of which there is nothing.
		if took, jobs := time.Since(monday), calls["GET /download/content/data/{job_identifier}"]; jobs != 1 || took > 75*time.Minute || calls["POST /export/cancel/{job_identifier}"] > 0 {
			t.Errorf("%d downloads after %v: %v", jobs, took, calls)
		}
	})
}

// Without what is about persons, nothing that a person wrote or is called is there.
func TestEngagementWithoutPersons(t *testing.T) {
	mailing(t, nil, func(e *exporting) {
		e.exports.NoPII = true
		e.mustRun()
		is := e.told(time.UTC)
		if len(is.receipts) == 0 || len(is.events) == 0 {
			t.Error("nothing came")
		}
		for _, rows := range []map[string]map[string]any{is.receipts, is.events} {
			for _, row := range rows {
				for column := range row {
					if !impersonalOfMessage("", column) && column != "occurrence" {
						t.Fatalf("a row has %s", column)
					}
				}
			}
		}
	})
}

// What came of a download that turned out to be broken is no row.
func TestABrokenExportOfMessages(t *testing.T) {
	mailing(t, nil, func(e *exporting) {
		broken := 0
		e.intercept = func(r *http.Request) *http.Response {
			if !strings.HasPrefix(r.URL.Path, "/download/content/") || broken == 2 {
				return nil
			}
			broken++
			var body bytes.Buffer
			z := gzip.NewWriter(&body)
			for i := range 5000 {
				fmt.Fprintf(z, "%s\n", []string{"receipt_id,received_at", fmt.Sprintf("ghost%d,1772000000", i)}[min(i, 1)])
			}
			_ = z.Close()
			whole := answer(200, body.String()[:body.Len()-6])
			whole.Header.Set("Content-Type", "application/octet-stream")
			return whole
		}
		e.mustRun()
		if broken != 2 {
			t.Errorf("%d downloads were broken", broken)
		}
		e.isTheTruth()
	})
}

// What a damaged part held is read again, also where the run that meets it tells but some
// of it; until then the day is not complete, and a Warning says so. A publication that is
// damaged can be repaired: until it is, message engagement stops there, by name.
func TestADamagedDayOfMessages(t *testing.T) {
	mailing(t, nil, func(e *exporting) {
		root := e.inFolder()
		e.mustRun()
		damaged := map[string]lake.Publication{}
		for table, dt := range e.daysOfOlderMessages("2026-02-08") { // from there on the next run reads
			p, ok, err := e.lake().Published(context.Background(), table, dt)
			if err != nil || !ok || len(p.Parts) == 0 {
				t.Fatalf("%s: %+v, %v", dt, p, err)
			}
			if err := os.WriteFile(filepath.Join(root, p.Parts[0].Key), []byte("no gzip"), 0o600); err != nil {
				t.Fatal(err)
			}
			damaged[table] = p
		}
		time.Sleep(day)
		e.mustRun()
		if len(e.warnings) != 2 || !strings.Contains(strings.Join(e.warnings, " "), "a part was damaged; the next run reads its rows again") {
			t.Errorf("warnings %q", e.warnings)
		}
		for table, was := range damaged {
			if is, _, err := e.lake().Published(context.Background(), table, was.Dt); err != nil || !was.Complete || is.Complete {
				t.Errorf("%s of %s was %v complete, and is %v, %v", table, was.Dt, was.Complete, is.Complete, err)
			}
		}
		e.mustRun()
		e.isTheTruth()
		for table, was := range damaged {
			if is, _, err := e.lake().Published(context.Background(), table, was.Dt); err != nil || !is.Complete || is.Rows != was.Rows {
				t.Errorf("%s of %s: %d rows, complete %v, had %d, %v", table, was.Dt, is.Rows, is.Complete, was.Rows, err)
			}
		}
		key := filepath.Join(root, "_published", "message_receipt", "dt="+damaged["message_receipt"].Dt+".json")
		sound, err := os.ReadFile(key)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(key, []byte("{"), 0o600); err != nil {
			t.Fatal(err)
		}
		time.Sleep(day)
		if err := e.run(context.Background()); err == nil || !strings.Contains(err.Error(), "message engagement, ") || !strings.Contains(err.Error(), "_published/message_receipt/") {
			t.Errorf("got %v", err)
		}
		if err := os.WriteFile(key, sound, 0o600); err != nil {
			t.Fatal(err)
		}
		e.mustRun()
		e.isTheTruth()
	})
}

// diesAfter is a store on a machine that goes off when a file is written.
type diesAfter struct {
	lake.Store
	key  string
	dead atomic.Bool
}

func (d *diesAfter) Put(ctx context.Context, key string, from io.Reader) error {
	if d.dead.Load() {
		return errDead
	}
	defer func() {
		if key == d.key {
			d.dead.Store(true)
		}
	}()
	return d.Store.Put(ctx, key, from)
}

func (d *diesAfter) Remove(ctx context.Context, key string) error {
	if d.dead.Load() {
		return errDead
	}
	return d.Store.Remove(ctx, key)
}

// What a damaged part held is read again, though the run that met it dies when it has
// published the day without it.
func TestADamagedDayOfMessagesAndADeath(t *testing.T) {
	mailing(t, nil, func(e *exporting) {
		root := e.inFolder()
		e.mustRun()
		dt := e.daysOfOlderMessages("2026-02-08")["message_event"]
		was, ok, err := e.lake().Published(context.Background(), "message_event", dt)
		if err != nil || !ok || os.WriteFile(filepath.Join(root, was.Parts[0].Key), []byte("no gzip"), 0o600) != nil {
			t.Fatal(dt, err)
		}
		time.Sleep(day)
		whole := e.store
		e.store = &diesAfter{Store: whole, key: was.Key()}
		if err := e.run(context.Background()); !errors.Is(err, errDead) {
			t.Fatal(err)
		}
		e.store = whole
		for range 2 {
			time.Sleep(time.Hour)
			e.mustRun()
		}
		e.isTheTruth()
		if is, _, err := e.lake().Published(context.Background(), "message_event", dt); err != nil || !is.Complete || is.Rows != was.Rows {
			t.Errorf("%s: %d rows, complete %v, had %d, %v", dt, is.Rows, is.Complete, was.Rows, err)
		}
	})
}

// daysOfOlderMessages are a day since another one on which messages were sent, and one on
// which something happened to messages sent since then and to older ones.
func (e *exporting) daysOfOlderMessages(since string) map[string]string {
	e.t.Helper()
	is := e.told(time.UTC)
	sent := func(id any) string { return fmt.Sprint(is.receipts[fmt.Sprint(id, "|")]["received_at"]) }
	first, older, newer := map[string]string{}, map[string]bool{}, map[string]bool{}
	take := func(table, day string) {
		if was := first[table]; day > since && (was == "" || day < was) {
			first[table] = day
		}
	}
	for _, r := range is.receipts {
		take("message_receipt", sent(r["receipt_id"])[:len(since)])
	}
	for _, event := range is.events {
		day := fmt.Sprint(event["occurred_at"])[:len(since)]
		before := sent(event["receipt_id"]) < since
		older[day], newer[day] = older[day] || before, newer[day] || !before
		if older[day] && newer[day] {
			take("message_event", day)
		}
	}
	if len(first) != 2 {
		e.t.Fatal(first)
	}
	return first
}

// With a person go the messages that the person got, and all that happened to them,
// though a row of that does not say whose it is.
func TestForgetTakesMessages(t *testing.T) {
	mailing(t, nil, func(e *exporting) {
		e.mustRun()
		before := e.told(time.UTC)
		person, gone, left := "", map[string]bool{}, 0
		for _, event := range before.events {
			person = before.receipts[fmt.Sprint(event["receipt_id"], "|")]["user_id"].(string)
		}
		for _, row := range before.receipts {
			gone[row["receipt_id"].(string)] = row["user_id"] == person
		}
		for _, event := range before.events {
			if !gone[event["receipt_id"].(string)] {
				left++
			}
		}
		found, err := erase.Contact(context.Background(), e.lake(), person)
		if err != nil {
			t.Fatal(err)
		}
		rows := 0
		for _, f := range found {
			rows += int(f.Rows)
		}
		after := e.told(time.UTC)
		for _, row := range slices.Concat(slices.Collect(maps.Values(after.receipts)), slices.Collect(maps.Values(after.events))) {
			if gone[row["receipt_id"].(string)] {
				t.Errorf("left is %v", row)
			}
		}
		if len(after.events) != left || left == len(before.events) || rows != len(before.receipts)-len(after.receipts)+len(before.events)-left {
			t.Errorf("%d events are left of %d, want %d; %d rows were removed", len(after.events), len(before.events), left, rows)
		}
		e.wellKept()
	})
}
