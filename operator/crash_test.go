package operator

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime/debug"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"intercom-connector/intercom"
	"intercom-connector/membership"
	"intercom-connector/operator/lake"
	"intercom-connector/operator/lake/folder"
	"intercom-connector/operator/lake/storetest"
	"intercom-connector/sandbox"
)

var errDead = errors.New("the machine is off")

// dying is a store on a machine that goes off after some changes: neither
// the change under way nor any later one takes place.
type dying struct {
	lake.Store
	left atomic.Int64
}

func (d *dying) Put(ctx context.Context, key string, r io.Reader) error {
	if d.left.Add(-1) < 0 {
		return errDead
	}
	return d.Store.Put(ctx, key, r)
}

func (d *dying) Remove(ctx context.Context, key string) error {
	if d.left.Add(-1) < 0 {
		return errDead
	}
	return d.Store.Remove(ctx, key)
}

// TestDeathAtEveryMoment replaces a published day and lets the machine go off
// before each change in turn. A reader must find the old day or the new one in
// every table, and the next run must find its way.
func TestDeathAtEveryMoment(t *testing.T) {
	w := newWorld(t, sandbox.Options{Seed: 7, Contacts: 20, Companies: 5})
	w.memory = &storetest.Memory{}
	w.snapshot(t, Snapshot{})
	old, deaths := w.truth(), 0
	for changes := int64(0); ; changes += moments {
		before, deadly := runs(t, w), &dying{Store: w.store(t)}
		deadly.left.Store(changes)
		_, err := w.take(t.Context(), w.in(deadly), Snapshot{})
		if err == nil {
			break
		}
		deaths++
		w.forgets()
		if !errors.Is(err, errDead) {
			t.Fatalf("after %d changes: %v", changes, err)
		}
		w.sound(t)
		w.equalsTruth(t, "2026-03-31")
		// Another table's run brings what was decided to its end, and leaves alone
		// what the next snapshot can go on with.
		if _, err := w.take(t.Context(), w.lake(t), Snapshot{Tables: []string{"tag"}}); err != nil {
			t.Fatalf("after %d changes: %v", changes, err)
		}
		w.sound(t)
		w.equalsTruth(t, "2026-03-31")
		if n := replaced(before, runs(t, w)); n != 0 && n != len(before) {
			t.Errorf("after %d changes %d tables of %d are new", changes, n, len(before))
		}
		w.forgets() // what the dying run has asked for may have been answered since
		w.snapshot(t, Snapshot{})
		w.equalsTruth(t, "2026-03-31")
		if left := w.litter(t); left != nil {
			t.Fatalf("after %d changes, left behind: %v", changes, left)
		}
	}
	if deaths*moments < 20 {
		t.Errorf("only %d deaths", deaths)
	}
	if !slices.Equal(old["contact"], w.truth()["contact"]) {
		t.Error("the workspace moved: the test shows nothing")
	}
}

// runs are those that have written the published tables, tag excepted.
func runs(t *testing.T, w *world) map[string]string {
	t.Helper()
	all, err := w.lake(t).Publications(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	runs := map[string]string{}
	for _, p := range all {
		if p.Table != "tag" {
			runs[p.Table] = p.Run
		}
	}
	return runs
}

// replaced counts the tables that another run has published.
func replaced(before, after map[string]string) (n int) {
	for table, run := range after {
		if before[table] != run {
			n++
		}
	}
	return n
}

const victim = "OPERATOR_VICTIM"

// TestMain lets a test start this binary as an operator that will be killed.
func TestMain(m *testing.M) {
	if args := os.Getenv(victim); args != "" {
		fmt.Fprintln(os.Stderr, beKilled(strings.Split(args, "|")))
		os.Exit(1)
	}
	debug.SetGCPercent(400) // a third of the suite's time is the collector's
	os.Exit(m.Run())
}

// beKilled snapshots until it is killed: it says so when its files are growing
// and then hands out no more rows.
func beKilled(args []string) error {
	url, root := args[0], args[1]
	client, err := intercom.New(intercom.Config{Token: "sandbox-token", BaseURL: url})
	if err != nil {
		return err
	}
	store, err := folder.Open(root)
	if err != nil {
		return err
	}
	now := func() time.Time { return noon(30) }
	var rows atomic.Int64
	_, err = Take(context.Background(), lake.New(store, lake.Options{Now: now}), membership.Config{Client: client, Now: now}, membership.Begin(now(), time.UTC),
		Snapshot{OnRow: func(table string) {
			if table == "contact" && rows.Add(1) == 40 {
				fmt.Println("now")
				select {}
			}
		}})
	return fmt.Errorf("it lived: %w", err)
}

func TestKillNine(t *testing.T) {
	w := newWorld(t, sandbox.Options{Seed: 8})
	url, closeBox, err := w.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer closeBox()
	doomed := exec.CommandContext(t.Context(), os.Args[0])
	doomed.Env = append(os.Environ(), victim+"="+url+"|"+w.root)
	doomed.Stderr = os.Stderr
	out, err := doomed.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := doomed.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil || line != "now\n" {
		t.Fatalf("%q, %v", line, err)
	}
	// While it lives nobody else writes.
	if _, err := w.take(t.Context(), w.lake(t), Snapshot{}); !errors.As(err, new(*lake.LockedError)) {
		t.Errorf("got %v", err)
	}
	if err := doomed.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	doomed.Wait() // its error is that it was killed
	w.forgets()
	if all, err := w.lake(t).Publications(t.Context()); err != nil || len(all) != 0 {
		t.Errorf("published: %v, %v", all, err)
	}
	if w.litter(t) == nil {
		t.Error("it left nothing behind: the test shows nothing")
	}
	w.snapshot(t, Snapshot{})
	w.equalsTruth(t, "2026-03-31")
	if left := w.litter(t); left != nil {
		t.Errorf("left behind: %v", left)
	}
}
