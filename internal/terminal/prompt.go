package terminal

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"

	"intercom-connector/internal/printable"
)

// Prompt asks a person.
type Prompt struct {
	in     *bufio.Reader
	out    io.Writer
	secret Secret
}

// Secret reads a line without showing it.
type Secret func(ctx context.Context) ([]byte, error)

// NewPrompt asks the person at a terminal; it is nil when nobody sits there.
func NewPrompt(in *os.File, out io.Writer) *Prompt {
	if !term.IsTerminal(int(in.Fd())) || !Is(out) {
		return nil
	}
	return PromptFrom(in, out, secretFrom(int(in.Fd())))
}

// PromptFrom asks whoever is behind these.
func PromptFrom(in io.Reader, out io.Writer, secret Secret) *Prompt {
	return &Prompt{in: bufio.NewReader(in), out: out, secret: secret}
}

// secretFrom reads a line of a terminal that shows no letters meanwhile. After
// an interrupt it shows them again, before the program ends.
func secretFrom(fd int) Secret {
	return func(ctx context.Context) ([]byte, error) {
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

// Hidden asks for what must not be shown.
func (p *Prompt) Hidden(ctx context.Context, question string) (string, error) {
	fmt.Fprintf(p.out, "%s: ", question)
	answer, err := p.secret(ctx)
	fmt.Fprintln(p.out)
	return strings.TrimSpace(string(answer)), ended(err)
}

// Line asks for a line; an empty one means the default.
func (p *Prompt) Line(ctx context.Context, question, absent string) (string, error) {
	if absent != "" {
		question += fmt.Sprintf(" [%s]", absent)
	}
	fmt.Fprintf(p.out, "%s: ", question)
	answer, err := wait(ctx, func() (string, error) { return p.in.ReadString('\n') })
	if errors.Is(err, io.EOF) && answer != "" {
		err = nil // the last line has no end
	}
	if answer = strings.TrimSpace(answer); answer == "" {
		answer = absent
	}
	return answer, ended(err)
}

// Complain says what is wrong with an answer.
func (p *Prompt) Complain(err error) { fmt.Fprintf(p.out, "  %s\n", printable.Text(err.Error())) }

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
