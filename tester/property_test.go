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
	"google.golang.org/protobuf/proto"

	sdk "intercom-connector/proto"
	"intercom-connector/tester/script"
)

// oracle is what a table must hold, by key and kept by the plainest means.
type oracle map[string]oracleRow

type oracleRow struct {
	a, b, c string // ∅ is null
	deleted bool
}

func oracleKey(r *sdk.Record) string {
	return r.GetData()["k"].GetDecimal()[:1] + "|" + r.GetData()["s"].GetString_()
}

func (o oracle) apply(r *sdk.Record) {
	if r.GetType() == sdk.RecordType_TRUNCATE {
		for k, row := range o {
			row.deleted = true
			o[k] = row
		}
		return
	}
	k := oracleKey(r)
	row, there := o[k]
	switch r.GetType() {
	case sdk.RecordType_UPSERT:
		row = oracleRow{a: shown(r.GetData()["a"]), b: shown(r.GetData()["b"]), c: shown(r.GetData()["c"])}
	case sdk.RecordType_UPDATE:
		for name, to := range map[string]*string{"a": &row.a, "b": &row.b, "c": &row.c} {
			if v, ok := r.GetData()[name]; ok {
				*to = shown(v)
			}
		}
	case sdk.RecordType_DELETE:
		row.deleted = true
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
		lines = append(lines, fmt.Sprintf("%s|%s|%s|%s|%t", k, o[k].a, o[k].b, o[k].c, o[k].deleted))
	}
	return lines
}

// operations makes any operation on one of a few keys, so that they meet. The
// keys look like nulls, and like each other: a decimal is written in several ways.
type operations struct {
	*rand.Rand
	schema *sdk.Table // what the connector has announced
}

func (r *operations) next() *sdk.Record {
	texts := []string{"", "null", "NULL", " ", "0", "a text beyond twelve bytes", "a text beyond twelve bytes too"}
	d := script.Data{
		"k": script.Decimal(strconv.Itoa(r.IntN(2)) + []string{"", ".", ".0", ".00"}[r.IntN(4)]),
		"s": script.Text(texts[r.IntN(len(texts))]),
	}
	for _, c := range r.schema.GetColumns()[2:] {
		switch n := r.IntN(40); {
		case n < 10:
			d[c.GetName()] = script.Null()
		case c.GetName() == "a" && n < 39:
			d["a"] = script.Long(r.Int64N(100))
		default: // which widens a
			d[c.GetName()] = script.Text(fmt.Sprint("a text beyond twelve bytes ", r.IntN(100)))
		}
	}
	switch n := r.IntN(20); {
	case n < 11:
		return script.Upsert("t", d)
	case n < 15:
		for _, c := range r.schema.GetColumns()[2:] {
			if r.IntN(2) == 0 {
				delete(d, c.GetName())
			}
		}
		return script.Update("t", d)
	case n < 19:
		return script.Deletion("t", script.Data{"k": d["k"], "s": d["s"]})
	}
	return script.Truncation("t")
}

// Whatever a connector sends, in whatever batches, with checkpoints anywhere and
// failing anywhere: the warehouse holds what the operations up to the last
// checkpoint say, each key once, over several syncs and when a column is added.
func TestAnyOperationsAgainstAnOracle(t *testing.T) {
	for seed := range uint64(16) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			r := &operations{rand.New(rand.NewPCG(seed, 42)), script.TableOf("t", "k DECIMAL(4,2) key", "s STRING key", "a LONG", "b STRING")}
			s := &script.Connector{}
			config := serve(t, s)
			if seed%2 == 0 {
				config.pace = time.Millisecond // each checkpoint lands for itself, if it can
			}
			if seed%4 < 2 {
				config.maxStaged = 3_000 // most rows go to disk
			}
			truth := oracle{}
			for sync := range 3 {
				s.Announces = script.SchemaOf(r.schema)
				messages, after, failure := r.stream(truth)
				s.Send = script.Says(failure, messages...)
				_, err := Run(t.Context(), config)
				if (err != nil) != (failure != nil) {
					t.Fatalf("sync %d: %v", sync, err)
				}
				truth = after
				got := rows(t, config, "SELECT k::TINYINT, s, a, b, "+r.c(t, config)+", _fivetran_deleted FROM tester.t")
				slices.Sort(got)
				want := truth.lines()
				slices.Sort(want)
				if diff := cmp.Diff(want, got); diff != "" {
					t.Fatalf("sync %d (-oracle +warehouse):\n%s", sync, diff)
				}
			}
		})
	}
}

// c is the column c, which is not there at first.
func (r *operations) c(t *testing.T, config Config) string {
	if len(rows(t, config, "SELECT 1 FROM duckdb_columns() WHERE table_name = 't' AND column_name = 'c'")) == 0 {
		return "NULL"
	}
	return "c"
}

// stream makes a stream, and what the table holds after it.
func (r *operations) stream(before oracle) (messages []*sdk.UpdateResponse, after oracle, failure error) {
	now, marked := maps.Clone(before), maps.Clone(before)
	for range 5 + r.IntN(20) {
		var records []*sdk.Record
		for range 1 + r.IntN(8) {
			rec := r.next()
			now.apply(rec)
			records = append(records, rec)
		}
		messages = append(messages, script.Batch(records...))
		if r.IntN(3) == 0 {
			messages = append(messages, script.Checkpoint("{}"))
			marked = maps.Clone(now)
		}
		if len(r.schema.GetColumns()) == 4 && r.IntN(20) == 0 {
			r.schema = proto.CloneOf(r.schema)
			r.schema.Columns = append(r.schema.Columns, &sdk.Column{Name: "c", Type: sdk.DataType_STRING})
			messages = append(messages, script.SchemaChange(r.schema))
		}
	}
	if r.IntN(2) == 0 {
		return messages, marked, status.Error(codes.Unavailable, "it broke off")
	}
	return messages, now, nil
}
