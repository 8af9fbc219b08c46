package secret

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"testing"
)

const token = `dG9r"<b7b4=&sec+ret\`

func TestLog(t *testing.T) {
	var set Set
	var out bytes.Buffer
	set.Add(" " + token + "\n")
	for _, next := range []slog.Handler{slog.NewTextHandler(&out, nil), slog.NewJSONHandler(&out, nil)} {
		log := slog.New(set.Log(next)).With("with "+token, token).WithGroup("group " + token)
		log.Info("message "+token, "text", token, "error", errors.New(token), "list", []string{"a", token}, "map", map[string]string{token: token},
			"url", &url.URL{Scheme: "https", Host: "x", RawQuery: "a=" + url.QueryEscape(token)}, slog.Group(token, slog.Any("in", fmt.Errorf("it: %w", errors.New(token)))),
			"quoted", fmt.Sprintf("%q", token), "number", 7)
	}
	if text := out.String(); strings.Contains(text, "dG9r") || strings.Count(text, Shown) < 20 || !strings.Contains(text, `number"=7`) {
		t.Errorf("logged:\n%s", text)
	}
}

func TestError(t *testing.T) {
	var set Set
	set.Add(token)
	cause := errors.New("it said " + token)
	if err := set.Error(fmt.Errorf("refused: %w", cause)); err.Error() != "refused: it said [token]" || !errors.Is(err, cause) {
		t.Errorf("got %v", err)
	}
	if other := errors.New("other"); set.Error(other) != other || set.Error(nil) != nil {
		t.Error("an error without the token is changed")
	}
}

func TestShortTokens(t *testing.T) {
	var set Set
	set.Add("12345678")
	set.Add("short") // would be a part of words
	if got := set.Scrub("a short 12345678 b"); got != "a short [token] b" {
		t.Errorf("got %s", got)
	}
}
