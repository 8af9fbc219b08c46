package main

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"intercom-connector/internal/exit"
	"intercom-connector/sandbox"
)

// The command serves what it says it serves, and stops when it is told to.
func TestServesUntilStopped(t *testing.T) {
	t.Setenv("SANDBOX_TOKEN", "secret-one")
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	reader, writer := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		ended <- run(ctx, []string{"--addr", "127.0.0.1:0", "--days", "3", "--fault", "1:503"}, writer)
		_ = writer.Close()
	}()
	lines := bufio.NewScanner(reader)
	if !lines.Scan() {
		t.Fatal("no first line")
	}
	base := lines.Text()
	rest := make(chan string, 1)
	go func() {
		var all strings.Builder
		for lines.Scan() {
			all.WriteString(lines.Text() + "\n")
		}
		rest <- all.String()
	}()
	for i, want := range []int{200, 503, 200} {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, base+"/me", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer secret-one")
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = answer.Body.Close()
		if answer.StatusCode != want {
			t.Errorf("call %d: status %d, want %d", i, answer.StatusCode, want)
		}
	}
	http.DefaultClient.CloseIdleConnections()
	stop()
	if err := <-ended; err != nil {
		t.Errorf("stopped with %v", err)
	}
	text := <-rest
	if !strings.Contains(text, "curl -H @-") || !strings.Contains(text, "3 calls, 0 jobs") {
		t.Errorf("it printed:\n%s", text)
	}
	if strings.Contains(text, "secret-one") {
		t.Error("it printed the token that it was given")
	}
}

func TestAddressInUse(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	address := taken.Addr().String()
	err = run(t.Context(), []string{"--addr", address}, io.Discard)
	if want := address + " is in use by another program: end it, or choose another with --addr"; err == nil || err.Error() != want || exit.Code(err) != exit.Busy {
		t.Errorf("got %v, code %d", err, exit.Code(err))
	}
}

func TestBadFlagsAreNamed(t *testing.T) {
	for args, want := range map[string]string{
		"--body paper":              `Body "paper" is not one of`,
		"--timezone Mars/Olympus":   `Timezone "Mars/Olympus"`,
		"--fault 503":               `fault rule "503"`,
		"--fault 1:earthquake":      `no fault is named "earthquake"`,
		"--fault x:503":             `"x" is not the number of a call`,
		"--deleted 1001":            "Deleted 1001 is not between 0 and 1000",
		"--dialect klingon":         `no dialect is named "klingon"`,
		"--dialect times-z,times-t": "times-z and times-t exclude each other",
		"--days -1":                 "--days -1",
		"--rows-per-day -5":         "RowsPerDay -5",
		"serve":                     `"serve" is not a flag`,
		"--addr 127.0.0.1:1x":       "--addr 127.0.0.1:1x: ",
		"--job-time soon":           "job-time",
	} {
		ctx, stop := context.WithTimeout(t.Context(), time.Minute)
		err := run(ctx, strings.Fields(args), io.Discard)
		stop()
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want an error with %s", args, err, want)
		}
		if code := exit.Code(err); code != exit.Usage {
			t.Errorf("%s: exit %d", args, code)
		}
	}
}

func TestHelpFitsAScreen(t *testing.T) {
	lines := strings.Split(strings.TrimSpace(usage), "\n")
	if len(lines) > 24 {
		t.Errorf("help has %d lines", len(lines))
	}
	for _, line := range slices.Concat(lines, strings.Split(dialects(), "\n")) {
		if len(line) > 80 {
			t.Errorf("a line of help has %d characters: %s", len(line), line)
		}
	}
}

func TestHelpNamesEveryDialect(t *testing.T) {
	var help strings.Builder
	if err := run(t.Context(), []string{"--help"}, &help); err != nil {
		t.Errorf("--help ends with %v", err)
	}
	flat := strings.Join(strings.Fields(help.String()), " ")
	for _, d := range sandbox.Dialects() {
		if !strings.Contains(flat, " "+d.Name+" "+d.Sentence) {
			t.Errorf("help does not say %s %s", d.Name, d.Sentence)
		}
	}
}
