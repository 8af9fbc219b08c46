package s3_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"intercom-connector/intercom"
	"intercom-connector/membership"
	"intercom-connector/operator"
	"intercom-connector/operator/lake"
	"intercom-connector/operator/lake/audit"
	"intercom-connector/operator/lake/s3"
	"intercom-connector/sandbox"
)

// victimVariable makes this binary a run that will be killed.
const victimVariable = "S3_TEST_INTERCOM"

func TestMain(m *testing.M) {
	if url := os.Getenv(victimVariable); url != "" {
		err := error(nil)
		if long, isResumed := os.LookupEnv(resumeVariable); isResumed {
			most, _ := time.ParseDuration(long)
			_, err = run(url, false, most)
		} else {
			err = snapshot(url)
		}
		if errors.As(err, new(*lake.GivenUpError)) {
			os.Exit(tooShort)
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

var noon = time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)

// snapshot is a whole run, with a client and a bucket of its own.
func snapshot(url string) error {
	ctx := context.Background()
	client, err := intercom.New(intercom.Config{Token: "sandbox-token", BaseURL: url})
	if err != nil {
		return err
	}
	defer client.CloseIdleConnections()
	b, err := s3.Open(ctx, here("lake"), s3.Options{})
	if err != nil {
		return err
	}
	now := func() time.Time { return noon }
	cfg := membership.Config{Client: client, Now: now}
	_, err = operator.Take(ctx, lake.New(b, lake.Options{Now: now}), cfg, membership.Begin(noon, time.UTC), operator.Snapshot{Again: true})
	return err
}

// workspace serves a workspace that stands still, save for what lets it forget
// the scroll of a run that died.
func workspace(t *testing.T, contacts int) (url string, forget func()) {
	t.Helper()
	var past atomic.Int64
	box := sandbox.New(sandbox.Options{
		Contacts: contacts, Companies: 6, RateLimit: 1 << 30, Epoch: noon.AddDate(0, 0, -9), Timezone: "UTC",
		Now: func() time.Time { return noon.Add(time.Duration(past.Load())) },
	})
	url, closeBox, err := box.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { closeBox() })
	return url, func() { past.Add(int64(2 * time.Minute)) }
}

// TestKilledBeforeEveryChange replaces a published day, and kills the run, by
// kill -9, before each change that it makes in turn. A reader must find the
// whole old day or the whole new one.
func TestKilledBeforeEveryChange(t *testing.T) {
	s := startServer(t)
	url, forget := workspace(t, 20)
	if err := snapshot(url); err != nil {
		t.Fatal(err)
	}
	rows := sound(t)
	kills := 0
	for change := 0; ; change++ {
		if exit := kill(t, s, change, victimVariable+"="+url); exit == 0 {
			break
		} else if exit > 0 {
			t.Fatalf("the run that was not killed ended with status %d", exit)
		}
		kills++
		if got := sound(t); got != rows {
			t.Fatalf("killed before change %d: a reader finds %d rows, want %d", change+1, got, rows)
		}
		forget()
	}
	if kills < 30 {
		t.Errorf("only %d kills: the test shows little", kills)
	}
	if left := unpublished(t); left != 0 {
		t.Errorf("%d parts are left that nobody reads", left)
	}
}

// tooShort is the exit status of a run that brought nothing new in its time.
const tooShort = 3

// kill starts a run in a process of its own and kills it before a change. It gives
// how the process ended itself, when it made fewer; -1 when it was killed.
func kill(t *testing.T, s *proxy, change int, env ...string) (exit int) {
	t.Helper()
	doomed := exec.Command(os.Args[0])
	doomed.Env = append(os.Environ(), env...)
	doomed.Stderr = os.Stderr
	var made atomic.Int64
	started := make(chan struct{})
	s.set(func(_ http.ResponseWriter, r *http.Request) bool {
		changes := r.Method != http.MethodGet && r.Method != http.MethodHead
		if changes && made.Add(1) > int64(change) {
			<-started
			doomed.Process.Kill()
			panic(http.ErrAbortHandler)
		}
		return false
	}, nil)
	defer s.set(nil, nil)
	if err := doomed.Start(); err != nil {
		t.Fatal(err)
	}
	close(started)
	_ = doomed.Wait()
	if exit = doomed.ProcessState.ExitCode(); exit >= 0 {
		return exit
	}
	// Its lease would be over in a minute; TestAPausedRunUndoesNothing waits.
	s.set(nil, nil)
	if err := open(t, here("lake"), s3.Options{}).Remove(t.Context(), "_lock.json"); err != nil {
		t.Fatal(err)
	}
	return exit
}

func verify(t *testing.T) audit.Verification {
	t.Helper()
	v, err := audit.Verify(context.Background(), lake.New(open(t, here("lake"), s3.Options{}), lake.Options{}))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// sound wants every published part to be as its publication says, and returns
// the rows of all.
func sound(t *testing.T) int64 {
	t.Helper()
	v := verify(t)
	if len(v.Problems) > 0 || v.Tables != 9 || v.Days != 9 {
		t.Fatalf("the lake is not sound: %+v", v)
	}
	return v.Rows
}

func unpublished(t *testing.T) int {
	t.Helper()
	return verify(t).Unpublished
}

func TestRunsAtTheSameTime(t *testing.T) {
	startServer(t)
	url, _ := workspace(t, 200)
	var succeeded, locked atomic.Int64
	var running sync.WaitGroup
	for range 4 {
		running.Go(func() {
			switch err := snapshot(url); {
			case err == nil:
				succeeded.Add(1)
			case errors.As(err, new(*lake.LockedError)):
				locked.Add(1)
			default:
				t.Error(err)
			}
		})
	}
	running.Wait()
	if succeeded.Load() == 0 || succeeded.Load()+locked.Load() != 4 {
		t.Errorf("%d runs succeeded, %d were refused", succeeded.Load(), locked.Load())
	}
	sound(t)
	if left := unpublished(t); left != 0 {
		t.Errorf("%d parts are left that nobody reads", left)
	}
}

// TestLargePartsAreSweptAway cuts a run off in the middle of a multipart
// upload; the next run removes what has arrived.
func TestLargePartsAreSweptAway(t *testing.T) {
	s := startServer(t)
	b := open(t, here("lake"), s3.Options{Lease: 2 * time.Second})
	ctx := context.Background()
	hung := make(chan struct{})
	s.set(func(_ http.ResponseWriter, r *http.Request) bool {
		if kind(r) == "CompleteMultipartUpload" || kind(r) == "AbortMultipartUpload" {
			panic(http.ErrAbortHandler) // as if the machine were off
		}
		return false
	}, nil)
	t.Setenv("AWS_MAX_ATTEMPTS", "1")
	dead := open(t, here("lake"), s3.Options{})
	go func() {
		dead.Put(ctx, part, failing(11<<20, io.ErrUnexpectedEOF))
		close(hung)
	}()
	<-hung
	s.set(nil, nil)
	if left := listed(t, b); len(left) != 1 {
		t.Fatalf("uploads under way: %q, want one", left)
	}
	// What is not the lake's is not its business.
	elsewhere, all := open(t, here("elsewhere"), s3.Options{}), open(t, here(""), s3.Options{})
	if err := errors.Join(b.BeginUpload(ctx, "backup.tar"), elsewhere.BeginUpload(ctx, part)); err != nil {
		t.Fatal(err)
	}
	unlock, err := b.Lock(ctx, "next")
	if err != nil {
		t.Fatal(err)
	}
	defer unlock()
	if left := listed(t, all); !slices.Equal(left, []string{"elsewhere/" + part, "lake/backup.tar"}) {
		t.Errorf("the next run leaves uploads: %q", left)
	}
}
