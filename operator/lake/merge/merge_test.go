package merge

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"intercom-connector/membership/tables"
	"intercom-connector/operator/lake"
	"intercom-connector/operator/lake/part"
	"intercom-connector/operator/lake/storetest"
)

// parted writes rows in one part or several.
func parted(t *testing.T, run *lake.Run, random *rand.Rand, rows []string) []part.File {
	t.Helper()
	w := run.Table("message_event", "2026-05-04", []tables.Column{{Name: "id"}}, false).As(run.NewID(), 0)
	for _, row := range rows {
		if err := w.Line(t.Context(), []byte(row)); err != nil {
			t.Fatal(err)
		}
		if random.IntN(5) == 0 {
			if err := w.EndPart(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := w.EndPart(); err != nil {
		t.Fatal(err)
	}
	return w.SoFar().Parts
}

// Whatever was published and whatever is told: of each key the row that was told last
// counts, and what is not told again stays.
func TestMerge(t *testing.T) {
	for seed := range uint64(60) {
		random := rand.New(rand.NewPCG(seed, 1))
		l := lake.New(&storetest.Memory{}, lake.Options{})
		run, err := l.Begin(t.Context(), []string{"message_event"}, "2026-05-04", "2026-05-04")
		if err != nil {
			t.Fatal(err)
		}
		row := func() (id, line string) {
			id = fmt.Sprint(random.IntN(12))
			return id, fmt.Sprintf("{%q:%q,%q:%d}\n", "event", id, "n", random.IntN(3))
		}
		want, told := map[string]string{}, map[string]string{}
		var before, now []string
		for range random.IntN(10) {
			if id, line := row(); want[id] == "" {
				want[id] = line
				before = append(before, line)
			}
		}
		was := maps.Clone(want)
		for range random.IntN(10) {
			id, line := row()
			now = append(now, line)
			want[id], told[id] = line, line
		}
		day := Day{Lake: l, Was: parted(t, run, random, before), Told: parted(t, run, random, now), Key: KeyOf([]string{"event"}), AtOnce: int64(1 + random.IntN(6))}
		found, err := day.Compare(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if got := (Finding{Same: maps.Equal(was, want), Alone: len(now) == len(told) && len(told) == len(want)}); found != got {
			t.Errorf("%d: found %+v, want %+v", seed, found, got)
		}
		var got []string
		if err := day.Write(t.Context(), func(line []byte) error { got = append(got, string(line)); return nil }); err != nil {
			t.Fatal(err)
		}
		slices.Sort(got)
		if diff := cmp.Diff(slices.Sorted(maps.Values(want)), got); diff != "" {
			t.Errorf("%d: (-want +got) %s", seed, diff)
		}
		if err := run.Abandon(context.Background()); err != nil {
			t.Fatal(err)
		}
	}
}

// A part that is not there is damage, and not a day with fewer rows.
func TestDamage(t *testing.T) {
	store := &storetest.Memory{}
	l := lake.New(store, lake.Options{})
	run, err := l.Begin(t.Context(), []string{"message_event"}, "2026-05-04", "2026-05-04")
	if err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(1, 1))
	day := Day{Lake: l, Was: parted(t, run, random, []string{"{\"event\":\"a\"}\n"}), Key: KeyOf([]string{"event"})}
	if err := store.Remove(t.Context(), day.Was[0].Key); err != nil {
		t.Fatal(err)
	}
	if _, err := day.Compare(t.Context()); !errors.As(err, new(*part.Damage)) {
		t.Errorf("got %v", err)
	}
}

func TestValue(t *testing.T) {
	const line = `{"x":"event\",\"event\":\"no\\","n":12,"event":"a \"quoted\" \\","details":"{\"event\":1}","last":true}`
	for column, want := range map[string]string{
		"x": `"event\",\"event\":\"no\\"`, "n": "12", "event": `"a \"quoted\" \\"`, "details": `"{\"event\":1}"`, "last": "true", "vent": "", "missing": "",
	} {
		if got, err := Value([]byte(line), column); err != nil || string(got) != want {
			t.Errorf("%s: %s, %v", column, got, err)
		}
	}
	for _, broken := range []string{`{"event":"a`, `{"event":`, `{"event":12`} {
		if got, err := Value([]byte(broken), "event"); err == nil {
			t.Errorf("%s: %s", broken, got)
		}
	}
	one, _ := KeyOf([]string{"a", "b"})(nil, []byte(`{"a":"1"}`))
	other, _ := KeyOf([]string{"a", "b"})(nil, []byte(`{"b":"1"}`))
	if strings.EqualFold(string(one), string(other)) {
		t.Error("two keys look alike")
	}
}
