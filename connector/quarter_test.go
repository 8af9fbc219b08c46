package connector

import (
	"context"
	"flag"
	"hash/maphash"
	"maps"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"google.golang.org/grpc/mem"
	"google.golang.org/protobuf/proto"

	sdk "intercom-connector/proto"
	"intercom-connector/sandbox"
)

var (
	quarter     = flag.Int("quarter", 0, "conversations a day of the quarter that TestQuarter plays; 0 plays two days of 10")
	quarterDays = flag.Int("quarter-days", 90, "days of it")
	quarterCPU  = flag.Duration("quarter-cpu", time.Hour, "it ends before, when the process has worked so long")
	quarterSize = flag.String("quarter-megabytes", "1", "of its state")
	quarterSend = flag.String("quarter-send", "changed", "what it sends, one after another")
)

// TestQuarter plays a quarter of the sandbox: thirteen datasets, four syncs a day, a
// look-back of thirty days, after a first sync of thirty. It counts what Fivetran
// bills, the distinct keys that travel in a month, beside the least that there
// could be: those of rows that were new or changed. -v prints it.
func TestQuarter(t *testing.T) {
	perDay, days := *quarter, *quarterDays
	if perDay == 0 {
		perDay, days = 10, 2
	}
	for _, send := range strings.Split(*quarterSend, ",") {
		b := playQuarter(t, perDay, days, send)
		for _, month := range b.months() {
			m := b.active[month]
			t.Logf("%d a day, %-7s %s: %8d rows sent, %8d active, %8d new or changed: %.3f", perDay, send, month, m.sent, len(m.keys), len(m.changed), float64(len(m.keys))/float64(len(m.changed)))
		}
		t.Logf("%d a day, %-7s %d days, state %d kB, checkpoints %d a day of %d kB in all, a plain sync %v, with the look-back %v, heap %d MB at its peak",
			perDay, send, b.days, b.state>>10, b.checkpoints/b.days, b.bytes/b.days>>10, b.plain.Round(time.Millisecond), b.lookback.Round(time.Millisecond), b.heap>>20)
		var active, changed int
		for _, m := range b.months() {
			active, changed = active+len(b.active[m].keys), changed+len(b.active[m].changed)
		}
		if ratio := float64(active) / float64(changed); send == "changed" && (ratio > 1.05 && perDay <= 40 || ratio > 1.10 && perDay <= 1000) {
			t.Errorf("%.3f times the rows that were new or changed", ratio)
		}
	}
}

// bill is what a destination is charged for.
type bill struct {
	seed   maphash.Seed
	keys   map[string][]string
	holds  map[uint64]uint64 // by hash of table and key, the hash of the row
	active map[string]*month
	now    string // the month; none for the first sync, which is free

	days               int
	state              int
	checkpoints, bytes int
	heap               uint64
	plain, lookback    time.Duration
}

type month struct {
	sent          int
	keys, changed map[uint64]bool
}

func (b *bill) months() []string {
	var all []string
	for m := range b.active {
		if m != "" {
			all = append(all, m)
		}
	}
	slices.Sort(all)
	return all
}

func playQuarter(t *testing.T, perDay, days int, send string) *bill {
	b := &bill{seed: maphash.MakeSeed(), holds: map[uint64]uint64{}, active: map[string]*month{}}
	begin := time.Date(2026, 1, 1, 0, 30, 0, 0, time.UTC)
	options := sandbox.Options{RowsPerDay: perDay, Epoch: begin.Add(-31 * day), Timezone: "UTC", Body: sandbox.Plain}
	inBubble(t, begin, options, func(w *world) {
		w.set("dataset_id", "all", "initial_start_time", "2025-12-02", "send", send, "state_megabytes", *quarterSize)
		list, err := w.connector.Schema(context.Background(), &sdk.SchemaRequest{Configuration: w.configuration})
		if err != nil {
			t.Fatal(err)
		}
		w.destination.learn(list.GetWithoutSchema())
		b.keys = w.destination.keys
		state := ""
		for sync := range 4*days + 1 {
			began, cpu := time.Now(), cpuTime()
			b.now = began.Format("2006-01")
			if sync == 0 { // is free
				b.now = ""
			}
			if b.active[b.now] == nil {
				b.active[b.now] = &month{keys: map[uint64]bool{}, changed: map[uint64]bool{}}
			}
			err := w.connector.Update(&sdk.UpdateRequest{Configuration: w.configuration, StateJson: &state}, &billStream{testStream{ctx: context.Background()}, b, &state})
			if err != nil {
				t.Fatal(err)
			}
			took := cpuTime() - cpu
			if sync%4 == 0 {
				b.lookback = took
			} else {
				b.plain = took
			}
			b.days, b.state = max(sync/4, 1), len(state)
			if sync%4 == 0 && cpuTime() > *quarterCPU {
				break
			}
			time.Sleep(time.Until(began.Add(6 * time.Hour)))
		}
	})
	return b
}

// billStream takes a sync's messages.
type billStream struct {
	testStream
	bill  *bill
	state *string
}

func (s *billStream) Send(message *sdk.UpdateResponse) error { return s.SendMsg(message) }

func (s *billStream) SendMsg(message any) error {
	encoded, err := codec.Marshal(message)
	if err != nil {
		return err
	}
	var response sdk.UpdateResponse
	err = proto.Unmarshal(encoded.MaterializeToBuffer(mem.DefaultBufferPool()).ReadOnlyData(), &response)
	encoded.Free()
	if err != nil {
		return err
	}
	for _, record := range response.GetRecords().GetRecords() {
		s.bill.charge(record)
	}
	if c := response.GetCheckpoint(); c != nil {
		*s.state = c.GetStateJson()
		s.bill.checkpoints++
		s.bill.bytes += len(c.GetStateJson())
		var memory runtime.MemStats
		runtime.ReadMemStats(&memory)
		s.bill.heap = max(s.bill.heap, memory.HeapInuse)
	}
	return nil
}

// charge counts a row.
func (b *bill) charge(record *sdk.Record) {
	var h maphash.Hash
	h.SetSeed(b.seed)
	h.WriteString(record.GetTableName())
	for _, name := range b.keys[record.GetTableName()] {
		h.WriteString("|" + textOf(record.GetData()[name]))
	}
	key := h.Sum64()
	for _, name := range slices.Sorted(maps.Keys(record.GetData())) {
		h.WriteString("|" + name + "|" + textOf(record.GetData()[name]))
	}
	row := h.Sum64()
	m := b.active[b.now]
	m.sent++
	m.keys[key] = true
	if b.holds[key] != row {
		m.changed[key] = true
		b.holds[key] = row
	}
}

// cpuTime is what the process has worked.
func cpuTime() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
