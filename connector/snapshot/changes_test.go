package snapshot

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"google.golang.org/grpc"

	"intercom-connector/connector/configuration"
	"intercom-connector/connector/outbox"
	"intercom-connector/connector/selection"
	"intercom-connector/connector/workspace"
	"intercom-connector/membership"
	"intercom-connector/membership/tables"
	sdk "intercom-connector/proto"
)

// world is a list of contacts and their tags, a destination, and a state. It is the
// stream that the outbox sends to.
type world struct {
	grpc.ServerStream
	t           *testing.T
	random      *rand.Rand
	source      map[string]string // rows of contact and contact_tag, by key; the value of a contact
	destination map[string]string
	kept        string
	cut         int // messages until the sync is cut off
	room        int
	selected    *sdk.Selection
	warnings    []string
	deletes     int
	upserts     int
}

var errCut = errors.New("cut off")

func (w *world) count() error {
	if w.cut--; w.cut == 0 {
		return errCut
	}
	return nil
}

// SendMsg takes rows and checkpoints.
func (w *world) SendMsg(message any) error {
	if checkpoint := message.(*sdk.UpdateResponse).GetCheckpoint(); checkpoint != nil {
		if err := w.count(); err != nil {
			return err
		}
		w.kept = checkpoint.GetStateJson()
		return nil
	}
	for _, r := range message.(*sdk.UpdateResponse).GetRecords().GetRecords() {
		data := r.GetData()
		key := data["id"].GetString_()
		if r.GetTableName() == tables.ContactTag {
			key = data["contact_id"].GetString_() + " " + data["tag_id"].GetString_()
		}
		if r.GetType() == sdk.RecordType_DELETE {
			if len(data) != 1+strings.Count(key, " ") {
				w.t.Errorf("a deletion with %v", data)
			}
			w.deletes++
			delete(w.destination, key)
			continue
		}
		w.upserts++
		w.destination[key] = data["name"].GetString_()
	}
	return w.count()
}

// snapshot is one day's, of the stage of contacts; it says whether it came to its
// end.
func (w *world) snapshot(date string, proven bool) bool {
	var state State
	if err := json.Unmarshal([]byte(w.kept), &state); err != nil {
		w.t.Fatal(err)
	}
	out := outbox.Open(w, "{}", func(string) error { return errors.New("bug") })
	keep := func(ctx context.Context) error {
		text, err := json.Marshal(state)
		return errors.Join(err, out.Checkpoint(ctx, string(text)))
	}
	r := Reader{
		Workspace: &workspace.Workspace{Settings: configuration.Settings{Memberships: configuration.MembershipsChanged}},
		Out:       out, State: &state, Room: w.room, Keep: keep, Log: slog.New(slog.DiscardHandler),
		Warn: func(_ context.Context, message string) error { w.warnings = append(w.warnings, message); return nil },
	}
	err := w.read(r, out, date, proven)
	if err == nil {
		err = keep(w.t.Context())
	}
	if closed := out.Close(); err == nil {
		err = closed
	}
	return err == nil
}

func (w *world) read(r Reader, out *outbox.Outbox, date string, proven bool) error {
	rows := out.Rows()
	c := newChanges(r, newSender(rows, configuration.MembershipsChanged, date, selection.New(w.selected)), rows)
	for _, key := range slices.Sorted(maps.Keys(w.source)) {
		if !proven && w.random.IntN(3) == 0 {
			continue // it is not met
		}
		row := tables.Row{Table: tables.Contact, Values: make([]any, 11)}
		row.Values[0], row.Values[4] = key, w.source[key]
		if contact, tag, both := strings.Cut(key, " "); both {
			row = tables.Row{Table: tables.ContactTag, Values: []any{contact, tag}}
		}
		if err := c.row(w.t.Context(), row); err != nil {
			return err
		}
	}
	return c.end(w.t.Context(), membership.Contacts, proven)
}

// change changes the source: few rows, so that they go back and forth.
func (w *world) change() {
	for range w.random.IntN(6) {
		key := fmt.Sprint(w.random.IntN(12))
		if w.random.IntN(2) == 0 {
			key += fmt.Sprint(" tag", w.random.IntN(3))
		}
		switch _, there := w.source[key]; {
		case there && w.random.IntN(2) == 0:
			delete(w.source, key)
		case strings.Contains(key, " "):
			w.source[key] = ""
		default:
			w.source[key] = fmt.Sprint("name", w.random.IntN(2))
		}
	}
}

// After each snapshot that is proven and comes to its end the destination holds the
// workspace's rows, wherever earlier ones were cut off; one that is not proven
// deletes nothing, and the next sends nothing that is there.
func TestChanged(t *testing.T) {
	for seed := range uint64(150) {
		w := &world{t: t, random: rand.New(rand.NewPCG(seed, 5)), source: map[string]string{}, destination: map[string]string{}, kept: "{}", room: 1 << 20}
		for n := range 25 {
			w.change()
			proven := w.random.IntN(4) > 0
			w.cut, w.deletes = w.random.IntN(8), 0
			ended := w.snapshot(fmt.Sprintf("2026-03-%02d", n+1), proven)
			if !proven && w.deletes > 0 {
				t.Fatalf("seed %d: a list that is not proven deletes %d rows", seed, w.deletes)
			}
			if !ended || !proven {
				continue
			}
			if fmt.Sprint(w.source) != fmt.Sprint(w.destination) {
				t.Fatalf("seed %d, snapshot %d: the destination holds\n%v, the workspace\n%v", seed, n, w.destination, w.source)
			}
			w.cut, w.upserts, w.deletes = 0, 0, 0
			if w.snapshot("2026-04-01", true); w.upserts+w.deletes > 0 {
				t.Fatalf("seed %d: %d rows and %d deletions for nothing", seed, w.upserts, w.deletes)
			}
		}
		if len(w.warnings) > 0 {
			t.Errorf("warnings %q", w.warnings)
		}
	}
}

// Where keys do not fit, the table is sent whole each day, nothing of it is deleted,
// and a warning names it; the other one goes on.
func TestKeysDoNotFit(t *testing.T) {
	w := &world{t: t, random: rand.New(rand.NewPCG(1, 5)), source: map[string]string{"1 a": "", "2 b": ""}, destination: map[string]string{}, kept: "{}", room: 400}
	for i := range 300 {
		w.source[fmt.Sprint("contact", i)] = fmt.Sprint("name", i)
	}
	for n := range 3 {
		w.warnings, w.upserts = nil, 0
		delete(w.source, fmt.Sprint("contact", n))
		delete(w.source, fmt.Sprint(n, " a"))
		if !w.snapshot(fmt.Sprintf("2026-03-%02d", n+1), true) || len(w.warnings) != 1 || !strings.Contains(w.warnings[0], "the table contact do") {
			t.Errorf("warnings %q", w.warnings)
		}
		if _, tag := w.destination["1 a"]; w.upserts < 297 || tag != (n < 1) || len(w.destination) < 300 {
			t.Errorf("day %d: %d rows are sent, %d there", n, w.upserts, len(w.destination))
		}
	}
}

// The keys of a table that is not selected are forgotten before those of one that is,
// however few they are: the other goes on, and a warning says once what that means.
func TestKeysOfATableThatIsNotSelected(t *testing.T) {
	w := &world{t: t, random: rand.New(rand.NewPCG(1, 5)), source: map[string]string{}, destination: map[string]string{}, kept: "{}", room: 1 << 20}
	for i := range 30 {
		w.source[fmt.Sprint(i, " a")] = ""
	}
	for i := range 100 {
		w.source[fmt.Sprint("contact", i)] = fmt.Sprint("name", i)
	}
	w.snapshot("2026-03-01", true)
	var state State
	if err := json.Unmarshal([]byte(w.kept), &state); err != nil {
		t.Fatal(err)
	}
	w.room = state.Held[tables.Contact].Bytes() + 50
	w.selected = &sdk.Selection{Selection: &sdk.Selection_WithoutSchema{WithoutSchema: &sdk.TablesWithNoSchema{
		IncludeNewTables: true, Tables: []*sdk.TableSelection{{TableName: tables.ContactTag}},
	}}}
	for n := range 3 {
		w.warnings, w.upserts, w.deletes = nil, 0, 0
		delete(w.source, fmt.Sprint("contact", n))
		w.snapshot(fmt.Sprintf("2026-03-%02d", n+2), true)
		told := strings.Contains(strings.Join(w.warnings, "; "), "the table contact_tag do not fit into the state: it is not selected, and when it is again")
		if told != (n == 0) || len(w.warnings) > 1 || w.upserts > 0 || w.deletes != 1 {
			t.Errorf("day %d: warnings %q, %d rows and %d deletions", n, w.warnings, w.upserts, w.deletes)
		}
	}
}
