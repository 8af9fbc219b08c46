package tester

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	sdk "intercom-connector/proto"
)

// oracle is what a table must hold, kept by the plainest means.
type oracle map[int64]oracleRow

type oracleRow struct {
	a, b    string // ∅ is null
	deleted bool
}

func (o oracle) apply(r *sdk.Record) {
	k := r.GetData()["k"].GetLong()
	row, there := o[k]
	switch r.GetType() {
	case sdk.RecordType_UPSERT:
		row = oracleRow{a: shown(r.GetData()["a"]), b: shown(r.GetData()["b"])}
	case sdk.RecordType_UPDATE:
		if a, ok := r.GetData()["a"]; ok {
			row.a = shown(a)
		}
		if b, ok := r.GetData()["b"]; ok {
			row.b = shown(b)
		}
	case sdk.RecordType_DELETE:
		row.deleted = true
	case sdk.RecordType_TRUNCATE:
		for k, row := range o {
			row.deleted = true
			o[k] = row
		}
		return
	}
	if there || r.GetType() == sdk.RecordType_UPSERT {
		o[k] = row
	}
}

func shown(v *sdk.ValueType) string {
	switch v := v.GetInner().(type) {
	case *sdk.ValueType_Long:
		return strconv.FormatInt(v.Long, 10)
	case *sdk.ValueType_String_:
		return v.String_
	}
	return "∅"
}

func (o oracle) lines() []string {
	var lines []string
	for _, k := range slices.Sorted(maps.Keys(o)) {
		lines = append(lines, fmt.Sprintf("%d|%s|%s|%t", k, o[k].a, o[k].b, o[k].deleted))
	}
	return lines
}

// randomRecord is any operation on one of a few keys, so that they meet.
func randomRecord(r *rand.Rand) *sdk.Record {
	a, b := long(r.Int64N(100)), text(fmt.Sprint("a text beyond twelve bytes ", r.IntN(100)))
	if r.IntN(4) == 0 {
		a = null()
	}
	if r.IntN(40) == 0 {
		a = text("widens the column")
	}
	if r.IntN(4) == 0 {
		b = null()
	}
	d := data{"k": long(r.Int64N(12)), "a": a, "b": b}
	switch n := r.IntN(20); {
	case n < 11:
		return upsert("t", d)
	case n < 15:
		for _, c := range []string{"a", "b"} {
			if r.IntN(2) == 0 {
				delete(d, c)
			}
		}
		return update("t", d)
	case n < 19:
		return deletion("t", data{"k": d["k"]})
	}
	return truncation("t")
}

// Whatever a connector sends, in whatever batches, with checkpoints anywhere and
// failing anywhere: the warehouse holds what the operations up to the last
// checkpoint say, over several syncs.
func TestAnyOperationsAgainstAnOracle(t *testing.T) {
	for seed := range uint64(12) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			r := rand.New(rand.NewPCG(seed, 42))
			s := &script{schema: schemaOf(tableOf("t", "k LONG key", "a LONG", "b STRING"))}
			config := serve(t, s)
			if seed%2 == 0 {
				config.pace = time.Millisecond // each checkpoint lands for itself, if it can
			}
			truth := oracle{}
			for sync := range 3 {
				messages, after, failure := randomStream(r, truth)
				s.send = says(failure, messages...)
				_, err := Run(t.Context(), config)
				if (err != nil) != (failure != nil) {
					t.Fatalf("sync %d: %v", sync, err)
				}
				truth = after
				if diff := cmp.Diff(truth.lines(), rows(t, config, "SELECT k, a, b, _fivetran_deleted FROM tester.t ORDER BY k")); diff != "" {
					t.Fatalf("sync %d (-oracle +warehouse):\n%s", sync, diff)
				}
			}
		})
	}
}

// randomStream makes a stream, and what the table holds after it.
func randomStream(r *rand.Rand, before oracle) (messages []*sdk.UpdateResponse, after oracle, failure error) {
	now, marked := maps.Clone(before), maps.Clone(before)
	for range 5 + r.IntN(20) {
		var records []*sdk.Record
		for range 1 + r.IntN(8) {
			rec := randomRecord(r)
			now.apply(rec)
			records = append(records, rec)
		}
		messages = append(messages, batch(records...))
		if r.IntN(3) == 0 {
			messages = append(messages, checkpoint("{}"))
			marked = maps.Clone(now)
		}
	}
	if r.IntN(2) == 0 {
		return messages, marked, status.Error(codes.Unavailable, "it broke off")
	}
	return messages, now, nil
}
