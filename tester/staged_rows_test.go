package tester

import (
	"math"
	"testing"
	"time"

	sdk "intercom-connector/proto"
	"intercom-connector/tester/screen"
	"intercom-connector/tester/warehouse"
)

// From a message to staged rows, memory is taken by the chunk, not by the row.
func TestStagingHardlyAllocates(t *testing.T) {
	s := shape{columns: 20, rows: 100, filled: 1}
	tables := &catalog{tables: map[warehouse.TableName]*table{}}
	if err := tables.add("", []*sdk.Table{s.table()}); err != nil {
		t.Fatal(err)
	}
	r := &reader{catalog: tables, stager: &stager{now: time.Now}, count: new(Counts), progress: &screen.Progress{}, maxStaged: math.MaxInt64}
	message := s.messages()[0]
	if n := testing.AllocsPerRun(100, func() {
		if err := r.message(message); err != nil {
			t.Fatal(err)
		}
	}); n > 10 {
		t.Errorf("%v allocations for 100 rows", n)
	}
	r.staged[0].staged.Drop()
}
