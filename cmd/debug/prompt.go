package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"

	"intercom-connector/connector"
	"intercom-connector/internal/terminal"
)

// prompt asks a person at a terminal.
type prompt struct {
	ctx    context.Context
	in     *bufio.Reader
	out    io.Writer
	secret func() ([]byte, error) // reads a line without showing it
}

// newPrompt is nil when nobody sits there.
func newPrompt(ctx context.Context, in *os.File, out io.Writer) *prompt {
	if !term.IsTerminal(int(in.Fd())) || !terminal.Is(out) {
		return nil
	}
	return &prompt{ctx: ctx, in: bufio.NewReader(in), out: out, secret: secretFrom(ctx, int(in.Fd()))}
}

// secretFrom reads a line of a terminal that shows no letters meanwhile. After
// an interrupt it shows them again, before the program ends.
func secretFrom(ctx context.Context, fd int) func() ([]byte, error) {
	return func() ([]byte, error) {
		before, err := term.GetState(fd)
		if err != nil {
			return nil, err
		}
		answer, err := wait(ctx, func() ([]byte, error) { return term.ReadPassword(fd) })
		if ctx.Err() != nil {
			err = errors.Join(ctx.Err(), term.Restore(fd, before))
		}
		return answer, err
	}
}

// hidden asks for what must not be shown.
func (p *prompt) hidden(question string) (string, error) {
	fmt.Fprintf(p.out, "%s: ", question)
	answer, err := p.secret()
	fmt.Fprintln(p.out)
	return strings.TrimSpace(string(answer)), ended(err)
}

// line asks for a line; an empty one means the default.
func (p *prompt) line(question, absent string) (string, error) {
	if absent != "" {
		question += fmt.Sprintf(" [%s]", absent)
	}
	fmt.Fprintf(p.out, "%s: ", question)
	answer, err := wait(p.ctx, func() (string, error) { return p.in.ReadString('\n') })
	if errors.Is(err, io.EOF) && answer != "" {
		err = nil // the last line has no end
	}
	if answer = strings.TrimSpace(answer); answer == "" {
		answer = absent
	}
	return answer, ended(err)
}

func (p *prompt) complain(err error) { fmt.Fprintf(p.out, "  %v\n", err) }

// list shows the datasets with the numbers by which they can be chosen.
func (p *prompt) list(datasets []connector.Examined) {
	for i, d := range datasets {
		note := fmt.Sprintf("%d attributes", d.Attributes)
		if d.Skipped != "" {
			note = d.Skipped
		}
		fmt.Fprintf(p.out, "  %2d  %-32s %s\n", i+1, d.ID, note)
	}
}

// wait reads until the answer is there or the program is interrupted. A read of
// a terminal cannot be called off: it ends with the program.
func wait[T any](ctx context.Context, read func() (T, error)) (answer T, err error) {
	type result struct {
		answer T
		err    error
	}
	done := make(chan result, 1)
	go func() {
		answer, err := read()
		done <- result{answer, err}
	}()
	select {
	case r := <-done:
		return r.answer, r.err
	case <-ctx.Done():
		return answer, ctx.Err()
	}
}

// ended says what the end of the input means.
func ended(err error) error {
	if errors.Is(err, io.EOF) {
		return errors.New("the input ended before all questions were answered")
	}
	return err
}
