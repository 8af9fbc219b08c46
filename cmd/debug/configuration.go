//go:build cgo

package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"intercom-connector/connector/configuration"
	"intercom-connector/internal/exit"
	"intercom-connector/tester"
)

// configured is a configuration and where it came from. Without one it is that of a
// sandbox, which end stops.
type configured struct {
	values  map[string]string
	from    string
	warning string // of its file
	sandbox bool
	end     func()
}

// configure finds the configuration. ours says that this project's connector gets
// it, which knows its keys.
func (s streams) configure(path string, ours bool, sandboxDays int) (c configured, err error) {
	c.end = func() {}
	found, err := configuration.Find(path, os.Getenv)
	if err != nil {
		return c, exit.Wrong(err)
	}
	s.secrets.Add(found.Values[configuration.KeyToken])
	c.values, c.from, c.warning = found.Values, found.From, found.Warning
	if c.values == nil {
		c.sandbox = true
		c.values, c.end, err = serveSandbox(time.Now(), sandboxDays)
		return c, err
	}
	if !ours {
		return c, nil
	}
	err = configuration.Known(c.values)
	if err == nil {
		_, err = configuration.Parse(c.values)
	}
	if err != nil {
		return c, exit.Wrong(fmt.Errorf("the configuration in %s: %w", c.from, err))
	}
	return c, nil
}

// refused tells whether a connector has refused a key of the configuration, or the lack
// of one that it knows: it begins with the key's name.
func (c configured) refused(err error) bool {
	refused, is := errors.AsType[*tester.RefusedError](err)
	return is && slices.ContainsFunc(refused.Sentences, func(sentence string) bool {
		key, _, named := strings.Cut(sentence, ": ")
		_, configured := c.values[key]
		return named && (configured || slices.Contains(configuration.Keys(), key))
	})
}

// say is the first line.
func (c configured) say(w io.Writer) {
	if c.sandbox {
		fmt.Fprintln(w, "No configuration: this is a sandbox, a made-up workspace (init makes a configuration for yours).")
		return
	}
	fmt.Fprintf(w, "Configuration: %s\n", c.from)
	c.warn(w)
}

// warn says what is wrong with the configuration's file.
func (c configured) warn(w io.Writer) {
	if c.warning != "" {
		fmt.Fprintln(w, "WARNING", c.warning)
	}
}
