package configuration

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"strconv"
	"strings"

	"intercom-connector/internal/printable"
	"intercom-connector/internal/secret"
)

// ReadFile reads a connector's configuration: one JSON object whose
// values are strings, as Fivetran's tools want it. Errors name the key and say
// what to write instead; they quote no value of a key that looks secret.
func ReadFile(path string) (map[string]string, error) {
	b, err := readSome(path)
	if err != nil {
		return nil, fmt.Errorf("the configuration cannot be read: %w; init writes one", err)
	}
	configuration, err := parseFile(b)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, withoutToken(b, err))
	}
	return configuration, nil
}

// withoutToken is an error about a file without its token, which somebody may have
// pasted into another key.
func withoutToken(b []byte, err error) error {
	var all map[string]any
	var token secret.Set
	if json.Unmarshal(b, &all) == nil {
		text, _ := all[KeyToken].(string)
		token.Add(text)
	}
	return token.Error(err)
}

// readSome reads a file, or what another program writes into a pipe, to a bound: the
// path may be a device's.
func readSome(path string) ([]byte, error) {
	const most = 16 << 20 // what a server takes of a configuration
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, most+1))
	if err == nil && len(b) > most {
		err = fmt.Errorf("%s has more than %d MB", path, most>>20)
	}
	return b, err
}

// exposed is a warning where other users of the machine can read a file, or write
// where the token is sent.
func exposed(path string) string {
	const others = 0o066
	info, err := os.Stat(path)
	if err != nil || runtime.GOOS == "windows" || info.Mode().Perm()&others == 0 {
		return ""
	}
	return fmt.Sprintf("other users of this machine can read or change %s, which holds the access token: chmod 600 %s", path, printable.Argument(path))
}

func parseFile(b []byte) (map[string]string, error) {
	b = bytes.TrimPrefix(b, []byte("\ufeff"))
	d := json.NewDecoder(bytes.NewReader(b))
	if first, err := d.Token(); err != nil {
		return nil, place(b, err)
	} else if first != json.Delim('{') {
		return nil, errors.New(`it must hold one JSON object: {"access_token": "...", ...}`)
	}
	configuration := map[string]string{}
	for d.More() {
		token, err := d.Token()
		if err != nil {
			return nil, place(b, err)
		}
		key := token.(string) // the decoder takes no other key
		var raw json.RawMessage
		if err := d.Decode(&raw); err != nil {
			return nil, place(b, err)
		}
		if _, twice := configuration[key]; twice {
			return nil, fmt.Errorf("%s is there twice: keep one", key)
		}
		var value string
		if raw[0] != '"' {
			return nil, fmt.Errorf("%s must be a string: write %s", key, asString(key, raw))
		}
		if err := json.Unmarshal(raw, &value); err != nil {
			return nil, fmt.Errorf("%s: %w", key, err)
		}
		configuration[key] = value
	}
	if _, err := d.Token(); err != nil {
		return nil, place(b, err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("something follows the JSON object: remove it")
	}
	return configuration, nil
}

// asString is how a value that is not a string would be written as one.
func asString(key string, raw json.RawMessage) string {
	if string(raw) == "null" {
		return `"", or leave it out`
	}
	var list []string
	if json.Unmarshal(raw, &list) == nil && !isSecret(key) { // ids, as the connector takes them
		return strconv.Quote(strings.Join(list, ", "))
	}
	if isSecret(key) {
		return "it in quotes"
	}
	var compact bytes.Buffer
	if json.Compact(&compact, raw) != nil {
		return "it in quotes"
	}
	var quoted bytes.Buffer
	e := json.NewEncoder(&quoted)
	e.SetEscapeHTML(false)
	if e.Encode(compact.String()) != nil {
		return "it in quotes"
	}
	return strings.TrimSpace(quoted.String())
}

// isSecret is a key whose value must not be shown.
func isSecret(key string) bool {
	return strings.Contains(key, "token") || strings.Contains(key, "secret") || strings.Contains(key, "password")
}

// place adds the line to what the JSON decoder found wrong.
func place(b []byte, err error) error {
	var syntax *json.SyntaxError
	switch {
	case errors.As(err, &syntax):
		line := 1 + bytes.Count(b[:min(int(syntax.Offset), len(b))], []byte("\n"))
		return fmt.Errorf("it is not valid JSON: line %d: %w", line, err)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return errors.New("it is not valid JSON: it ends too early")
	}
	return fmt.Errorf("it is not valid JSON: %w", err)
}
