package terminal

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"testing"

	"golang.org/x/sys/unix"
)

// pseudoTerminal opens a pseudo-terminal: its person's end and its program's.
func pseudoTerminal(t *testing.T) (person, program *os.File) {
	t.Helper()
	person, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { person.Close() })
	if err := unix.IoctlSetPointerInt(int(person.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	n, err := unix.IoctlGetInt(int(person.Fd()), unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	program, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { program.Close() })
	return person, program
}

// echoes says whether the terminal shows what is typed.
func echoes(t *testing.T, f *os.File) bool {
	t.Helper()
	state, err := unix.IoctlGetTermios(int(f.Fd()), unix.TCGETS)
	if err != nil {
		t.Fatal(err)
	}
	return state.Lflag&unix.ECHO != 0
}

// hiddenQuestion asks for a secret at the terminal, and returns once the
// terminal has stopped showing what is typed.
func hiddenQuestion(ctx context.Context, t *testing.T, program *os.File) <-chan error {
	t.Helper()
	t.Setenv("TERM", "xterm")
	p := NewPrompt(program, program)
	if p == nil {
		t.Fatal("nobody is asked at a terminal")
	}
	done := make(chan error, 1)
	go func() {
		answer, err := p.Hidden(ctx, "Access token")
		if err == nil && answer != "a secret" {
			err = fmt.Errorf("the answer is %q", answer)
		}
		done <- err
	}()
	for echoes(t, program) {
		runtime.Gosched()
	}
	return done
}

func TestTheTokenIsNotShown(t *testing.T) {
	person, program := pseudoTerminal(t)
	done := hiddenQuestion(t.Context(), t, program)
	if _, err := person.WriteString("a secret\n"); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if !echoes(t, program) {
		t.Error("the terminal stays silent")
	}
	if _, err := program.WriteString("end"); err != nil {
		t.Fatal(err)
	}
	var shown []byte
	for b := make([]byte, 1024); !bytes.Contains(shown, []byte("end")); {
		n, err := person.Read(b)
		if err != nil {
			t.Fatal(err)
		}
		shown = append(shown, b[:n]...)
	}
	if want := "Access token: \r\n\r\nend"; string(shown) != want && string(shown) != "Access token: \r\nend" {
		t.Errorf("shown: %q", shown)
	}
}

func TestAnInterruptLeavesTheTerminalAsItWas(t *testing.T) {
	_, program := pseudoTerminal(t)
	ctx, cancel := context.WithCancel(t.Context())
	done := hiddenQuestion(ctx, t, program)
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Fatalf("got %v", err)
	}
	if !echoes(t, program) {
		t.Error("the terminal stays silent")
	}
}
