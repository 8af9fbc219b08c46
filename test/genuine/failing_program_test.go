//go:build genuine

package genuine

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	sdk "intercom-connector/proto"
	"intercom-connector/sandbox"
)

// failing is a program that goes wrong in the way that a request names; as a server it
// ends at once.
const failing = `#!/bin/sh
case $1 in
--version) exit 0 ;;
--stdio) request=$(dd bs=400 count=1 2>/dev/null) ;;
*) echo "no JSON"; exit 3 ;;
esac
case $request in
*partial*) printf '{"schema": [{"tab'; kill -9 $$ ;;
*garbage*) echo "no JSON" ;;
*silent*|*deaf*) exit 3 ;;
*talkative*) head -c 4000000 /dev/zero >&2; echo '{"schema": []}'; echo '{"end": "schema"}' ;;
esac
`

// Whatever becomes of the program, a call ends, and its error says what happened.
func TestProgramThatFails(t *testing.T) {
	t.Parallel()
	folder := written(t)
	if err := os.WriteFile(filepath.Join(folder, "intercom", "server-linux-amd64"), []byte(failing), 0o644); err != nil {
		t.Fatal(err)
	}
	client := started(t, folder, newest, "operations").client
	for how, want := range map[string]string{
		"partial":                           "the program ended before it had answered: code -9, killed",
		"garbage":                           "the program wrote a line that is no JSON",
		"silent":                            "the program ended before it had answered: code 3",
		"talkative":                         "",
		"deaf" + strings.Repeat(" ", 1<<20): "the program ended before it had answered: code 3", // more than a pipe holds
	} {
		_, err := client.Schema(t.Context(), &sdk.SchemaRequest{Configuration: map[string]string{"dataset_id": how}})
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%.9s: %v", how, err)
		}
	}
	handedOn := started(t, folder, newest)
	for range 2 { // the second call tries again
		_, err := handedOn.client.Schema(t.Context(), &sdk.SchemaRequest{})
		if err == nil || !strings.Contains(err.Error(), "the program ended before it had answered: code 3") {
			t.Errorf("handed on: %v", err)
		}
	}
	if log := handedOn.messages(t); !strings.Contains(log, "the program wrote a line that is no JSON") {
		t.Errorf("log:\n%s", log)
	}
}

// A program that is killed in a sync, as a machine without memory does, fails the sync
// with that, and the next call starts it again.
func TestProgramIsKilledInASync(t *testing.T) {
	t.Parallel()
	request, _ := endless(t)
	for _, arguments := range [][]string{nil, {"operations"}} {
		t.Run(fmt.Sprint("way ", arguments), func(t *testing.T) {
			project := started(t, written(t), newest, arguments...)
			ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
			defer cancel()
			if _, err := project.client.Schema(ctx, &sdk.SchemaRequest{Configuration: request.GetConfiguration()}); err != nil {
				t.Fatal(err)
			}
			stream, err := project.client.Update(ctx, request)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := stream.Recv(); err != nil {
				t.Fatal(err)
			}
			kill(t, project.Process.Pid)
			for err == nil {
				_, err = stream.Recv()
			}
			if !strings.Contains(err.Error(), "the program ended before it had answered: code -9, killed") {
				t.Error(err)
			}
			if _, err := project.client.Schema(ctx, &sdk.SchemaRequest{Configuration: request.GetConfiguration()}); err != nil {
				t.Errorf("after that: %v", err)
			}
		})
	}
}

// A sync that Fivetran hangs up on ends in the program too, though nothing comes of it
// at that moment.
func TestSyncIsCancelled(t *testing.T) {
	t.Parallel()
	request, asked := endless(t)
	request.Configuration["lookups"] = "none" // no row comes that would show Fivetran's absence
	project := started(t, written(t), newest)
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	sync, hangUp := context.WithCancel(ctx)
	defer hangUp()
	if _, err := project.client.Update(sync, request); err != nil {
		t.Fatal(err)
	}
	select {
	case <-asked:
	case <-ctx.Done():
		t.Fatal("no export was asked for")
	}
	for hungUp := false; !strings.Contains(project.messages(t), "the sync ended early"); hungUp = true {
		if _, err := project.client.Schema(ctx, &sdk.SchemaRequest{Configuration: request.GetConfiguration()}); err != nil {
			t.Fatal(err)
		}
		if !hungUp { // by now, the checkpoint that follows the asking is through
			hangUp()
		}
	}
}

// endless asks for a sync of a workspace whose export takes an hour, and tells when the
// export is asked for.
func endless(t *testing.T) (request *sdk.UpdateRequest, asked <-chan struct{}) {
	t.Helper()
	jobs := make(chan struct{}, 100)
	base, stop, err := sandbox.New(sandbox.Options{
		Contacts: 10, Companies: 2,
		JobTime: func(string, int, time.Duration) time.Duration {
			jobs <- struct{}{}
			return time.Hour
		},
	}).Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = stop() })
	nothing := "{}"
	return &sdk.UpdateRequest{StateJson: &nothing, Configuration: map[string]string{"access_token": "sandbox-token", "base_url": base, "dataset_id": "call"}}, jobs
}

// kill kills the program that a process has started.
func kill(t *testing.T, parent int) {
	t.Helper()
	lists, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", parent))
	if err != nil {
		t.Fatal(err)
	}
	killed := 0
	for _, list := range lists {
		text, err := os.ReadFile(list)
		if err != nil {
			continue // a thread that has ended
		}
		for _, field := range strings.Fields(string(text)) {
			pid, err := strconv.Atoi(field)
			if err != nil {
				t.Fatal(err)
			}
			if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
				t.Fatal(err)
			}
			killed++
		}
	}
	if killed != 1 {
		t.Fatalf("the process has %d programs, want 1", killed)
	}
}
