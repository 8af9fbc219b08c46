package main

import (
	"database/sql"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// hold makes this test binary another program that has the warehouse open.
const hold = "DEBUG_TEST_HOLD"

func holdOpen(path string) int {
	db, err := sql.Open("duckdb", path)
	if err == nil {
		err = db.Ping()
	}
	if err != nil {
		fmt.Println(err)
		return 1
	}
	defer db.Close()
	fmt.Println("open")
	io.Copy(io.Discard, os.Stdin)
	return 0
}

// While another program has the warehouse open, a command is busy; with --wait it
// waits for its turn.
func TestBusy(t *testing.T) {
	dir, configuration := landed(t)
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	holder := exec.Command(exe)
	holder.Env = append(os.Environ(), hold+"="+filepath.Join(dir, "warehouse.db"))
	in, err := holder.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := holder.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := holder.Start(); err != nil {
		t.Fatal(err)
	}
	defer holder.Wait()
	defer in.Close()
	if _, err := io.ReadFull(out, make([]byte, len("open\n"))); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"-c", configuration}, {"query", "SELECT 1"}, {"tables"}, {"report"}, {"reset", "--yes"}} {
		code, out, errs := debug(t, append(args, "-d", dir)...)
		if code != 3 || !strings.Contains(errs, "is open in another program") || strings.Contains(out, "SUCCEEDED") {
			t.Errorf("%q: exit %d, %s", args, code, errs)
		}
	}
	shown := &interrupter{text: "waiting: ", times: 1, cancel: func() { in.Close() }}
	if code := run(t.Context(), []string{"--wait", "-c", configuration, "-d", dir}, nil, shown, shown); code != 0 {
		t.Errorf("exit %d: %s", code, shown.shown.String())
	}
	contains(t, shown.shown.String(), "Sync SUCCEEDED")
}
