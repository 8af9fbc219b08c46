package tester

import (
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	sdk "intercom-connector/proto"
	"intercom-connector/tester/script"
	"intercom-connector/tester/warehouse"
)

// counter sends one row more with each sync, and its number as the state.
func counter(t *testing.T) Config {
	t.Helper()
	c := &script.Connector{Announces: script.SchemaOf(script.TableOf("t", "k LONG key"), script.TableOf("u", "k LONG key"))}
	c.Send = func(r *sdk.UpdateRequest, send func(*sdk.UpdateResponse) error) error {
		n := int64(1)
		if _, err := fmt.Sscanf(r.GetStateJson(), `{"n":%d}`, &n); err == nil {
			n++
		}
		if err := send(script.Batch(script.Upsert("t", script.Data{"k": script.Long(n)}), script.Upsert("u", script.Data{"k": script.Long(n)}))); err != nil {
			return err
		}
		return send(script.Checkpoint(fmt.Sprintf(`{"n":%d}`, n)))
	}
	return serve(t, c)
}

func statePath(c Config) string { return filepath.Join(filepath.Dir(c.WarehousePath), "state.json") }

func read(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func put(t *testing.T, path string, content []byte) {
	t.Helper()
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
}

func change(t *testing.T, c Config, statement string) {
	t.Helper()
	db, err := sql.Open("duckdb", c.WarehousePath)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec(statement); err != nil {
		t.Fatal(err)
	}
}

// A state belongs to a warehouse and a schema. What would land a day's rows
// beside missing ones is refused; what is harmless goes on.
func TestStateBelongsToItsRows(t *testing.T) {
	for _, test := range []struct {
		name  string
		do    func(t *testing.T, c *Config, states, warehouses [][]byte)
		fails string
	}{
		{"as it was left", func(*testing.T, *Config, [][]byte, [][]byte) {}, ""},
		{"another schema", func(_ *testing.T, c *Config, _, _ [][]byte) { c.Schema = "intercom" }, `the state is that of the schema "tester", not of "intercom"`},
		{"the schema in other letters", func(_ *testing.T, c *Config, _, _ [][]byte) { c.Schema = "TESTER" }, ""},
		{"warehouse deleted", func(t *testing.T, c *Config, _, _ [][]byte) { os.Remove(c.WarehousePath) }, `the schema "tester" has none, as after the warehouse was deleted`},
		{"both deleted", func(t *testing.T, c *Config, _, _ [][]byte) { os.Remove(c.WarehousePath); os.Remove(statePath(*c)) }, ""},
		{"state deleted", func(t *testing.T, c *Config, _, _ [][]byte) { os.Remove(statePath(*c)) }, ""},
		{"state emptied", func(t *testing.T, c *Config, _, _ [][]byte) { put(t, statePath(*c), []byte("{ }")) }, ""},
		{"state spaced otherwise", func(t *testing.T, c *Config, _, _ [][]byte) { put(t, statePath(*c), []byte("{\n \"n\": 3 }\n")) }, ""},
		{"table emptied", func(t *testing.T, c *Config, _, _ [][]byte) { change(t, *c, "DELETE FROM tester.u") }, "rows of tester.u have landed, and are gone"},
		{"table dropped", func(t *testing.T, c *Config, _, _ [][]byte) { change(t, *c, "DROP TABLE tester.u") }, "rows of tester.u"},
		{"schema dropped", func(t *testing.T, c *Config, _, _ [][]byte) { change(t, *c, "DROP SCHEMA tester CASCADE") }, "rows of tester.t, tester.u"},
		{"warehouse of the sync before", func(t *testing.T, c *Config, _, w [][]byte) { put(t, c.WarehousePath, w[1]) }, "has never seen this state, as after the warehouse was restored alone"},
		{"both of the sync before", func(t *testing.T, c *Config, s, w [][]byte) {
			put(t, c.WarehousePath, w[1])
			put(t, statePath(*c), s[1])
		}, ""},
		{"warehouse one landing ahead", func(t *testing.T, c *Config, s, _ [][]byte) { put(t, statePath(*c), s[1]) }, ""},
		{"warehouse two landings ahead", func(t *testing.T, c *Config, s, _ [][]byte) { put(t, statePath(*c), s[0]) }, "the state is older than the rows"},
		{"state changed by hand", func(t *testing.T, c *Config, _, _ [][]byte) { put(t, statePath(*c), []byte(`{"n":7}`)) }, "has never seen this state"},
		{"filled before there were marks", func(t *testing.T, c *Config, _, _ [][]byte) { change(t, *c, "DROP SCHEMA _tester CASCADE") }, ""},
		{"no marks and no rows", func(t *testing.T, c *Config, _, _ [][]byte) {
			change(t, *c, "DROP SCHEMA _tester CASCADE; DELETE FROM tester.t; DELETE FROM tester.u")
		}, "has none"},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := counter(t)
			var states, warehouses [][]byte
			for range 3 {
				if _, err := Run(t.Context(), c); err != nil {
					t.Fatal(err)
				}
				states, warehouses = append(states, read(t, statePath(c))), append(warehouses, read(t, c.WarehousePath))
			}
			test.do(t, &c, states, warehouses)
			_, err := Run(t.Context(), c)
			if test.fails == "" {
				if err != nil {
					t.Fatal(err)
				}
				if _, err := Run(t.Context(), c); err != nil { // and again
					t.Fatal(err)
				}
				return
			}
			if !errors.Is(err, warehouse.ErrApart) || !strings.Contains(err.Error(), test.fails) || !strings.Contains(err.Error(), "--reset") {
				t.Fatalf("got %v, want %q", err, test.fails)
			}
			c.Reset = true
			if _, err := Run(t.Context(), c); err != nil {
				t.Errorf("the way out leads nowhere: %v", err)
			}
		})
	}
}

// A damaged warehouse is called that.
func TestDamagedWarehouse(t *testing.T) {
	c := counter(t)
	if _, err := Run(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	whole := read(t, c.WarehousePath)
	for name, broken := range map[string][]byte{
		"another file":    []byte(strings.Repeat("no database at all ", 1000)),
		"zeros":           make([]byte, len(whole)),
		"header flipped":  append(append(append([]byte{}, whole[:4100]...), whole[4100]^0xff), whole[4101:]...),
		"content flipped": flipped(whole, 3*4096, 300_000),
		"cut":             whole[:len(whole)/2],
	} {
		t.Run(name, func(t *testing.T) {
			put(t, c.WarehousePath, broken)
			os.Remove(c.WarehousePath + ".wal")
			_, err := Run(t.Context(), c)
			if err == nil || strings.Contains(err.Error(), "another program") || !strings.Contains(err.Error(), "damaged") {
				t.Errorf("got %v", err)
			}
		})
	}
}

func flipped(b []byte, from, to int) []byte {
	b = append([]byte{}, b...)
	for i := from; i < min(to, len(b)); i += 97 {
		b[i] ^= 0xff
	}
	return b
}

// The folder is its owner's, and Git leaves it out.
func TestFolderOfItsOwn(t *testing.T) {
	c := counter(t)
	c.WarehousePath = filepath.Join(t.TempDir(), "new", "files", "warehouse.db")
	if _, err := Run(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	folder := filepath.Dir(c.WarehousePath)
	for path, mode := range map[string]os.FileMode{folder: 0o700 | os.ModeDir, c.WarehousePath: 0o600, statePath(c): 0o600, filepath.Join(folder, ".gitignore"): 0o600} {
		if info, err := os.Stat(path); err != nil || info.Mode() != mode {
			t.Errorf("%s: %v, %v", path, info, err)
		}
	}
	if got := string(read(t, filepath.Join(folder, ".gitignore"))); got != "*\n" {
		t.Errorf("%q", got)
	}
}

// A reset that is cut off leaves a pair that goes on.
func TestResetIsCutOff(t *testing.T) {
	forget := func(string) (string, error) { return `{"n":0}`, nil }
	t.Run("before the state", func(t *testing.T) {
		c := counter(t)
		if _, err := Run(t.Context(), c); err != nil {
			t.Fatal(err)
		}
		w, err := warehouse.Open(t.Context(), c.WarehousePath, "1GB")
		if err != nil {
			t.Fatal(err)
		}
		landed, err := w.CheckState(t.Context(), "tester", string(read(t, statePath(c))))
		if err != nil {
			t.Fatal(err)
		}
		full := errors.New("the disk is full")
		if err := w.ResetTables(t.Context(), landed, []string{"u"}, `{"n":0}`, func(string) error { return full }); !errors.Is(err, full) {
			t.Errorf("got %v", err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		if got := rows(t, c, "SELECT k FROM tester.u"); len(got) != 1 {
			t.Errorf("rows %q", got)
		}
		if _, err := Run(t.Context(), c); err != nil {
			t.Error(err)
		}
	})
	t.Run("of a pair that is none", func(t *testing.T) {
		c := counter(t)
		if _, err := Run(t.Context(), c); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(statePath(c), []byte(`{"n":7}`), 0o600); err != nil {
			t.Fatal(err)
		}
		err := ResetTables(t.Context(), c.WarehousePath, statePath(c), "tester", []string{"u"}, forget)
		want := ". Nothing was reset: put back the pair " + statePath(c) + " and " + c.WarehousePath + ", or reset everything, without the name of a table"
		if !errors.Is(err, warehouse.ErrApart) || !strings.HasSuffix(err.Error(), want) {
			t.Errorf("got %v", err)
		}
		if got := rows(t, c, "SELECT k FROM tester.u"); len(got) != 1 {
			t.Errorf("rows %q", got)
		}
	})
	t.Run("not at all", func(t *testing.T) {
		c := counter(t)
		for range 2 {
			if _, err := Run(t.Context(), c); err != nil {
				t.Fatal(err)
			}
		}
		if err := ResetTables(t.Context(), c.WarehousePath, statePath(c), "tester", []string{"u"}, forget); err != nil {
			t.Fatal(err)
		}
		if got := string(read(t, statePath(c))); got != `{"n":0}` {
			t.Error(got)
		}
		if _, err := Run(t.Context(), c); err != nil {
			t.Fatal(err)
		}
		if got := rows(t, c, "SELECT (SELECT count(*) FROM tester.t), (SELECT count(*) FROM tester.u)"); got[0] != "2|1" {
			t.Errorf("rows %q", got)
		}
	})
}
