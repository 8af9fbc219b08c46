package connector

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	"intercom-connector/connector/configuration"
	"intercom-connector/membership"
	"intercom-connector/membership/tables"
	sdk "intercom-connector/proto"
)

// Columns that the segment and tag tables have besides those of package
// membership.
const (
	columnLastSeen     = "last_seen_date"
	columnSnapshotDate = "snapshot_date"
)

// membershipState is how far the day's snapshot has come.
type membershipState struct {
	// Finished is the workspace's day of the last whole snapshot.
	Finished string `json:"finished,omitempty"`
	// Walk is the snapshot under way, of which some stages are done.
	Walk *membership.State `json:"walk,omitempty"`
}

// dated is what the snapshot's day adds to a table: with MembershipsDaily the
// tables of two ids have it in their key, a row a day; every other table has
// the day on which its row was last seen, except the one that is about days.
func dated(table tables.Table, m configuration.Memberships) (column string, key bool) {
	join := len(table.Columns) == 2 && table.Columns[1].Key
	switch {
	case table.Name == tables.Snapshot:
		return "", false
	case join && m == configuration.MembershipsDaily:
		return columnSnapshotDate, true
	default:
		return columnLastSeen, false
	}
}

// membershipTables are the tables that the configuration adds.
func membershipTables(m configuration.Memberships) []*sdk.Table {
	if m == configuration.MembershipsNone {
		return nil
	}
	var all []*sdk.Table
	for _, table := range tables.All() {
		p := &sdk.Table{Name: table.Name}
		date, key := dated(table, m)
		if date != "" && key {
			p.Columns = append(p.Columns, &sdk.Column{Name: date, Type: sdk.DataType_NAIVE_DATE, PrimaryKey: true})
		}
		for _, c := range table.Columns {
			p.Columns = append(p.Columns, &sdk.Column{Name: c.Name, Type: membershipTypes[c.Kind], PrimaryKey: c.Key})
		}
		if date != "" && !key {
			p.Columns = append(p.Columns, &sdk.Column{Name: date, Type: sdk.DataType_NAIVE_DATE})
		}
		all = append(all, p)
	}
	return all
}

var membershipTypes = map[tables.Kind]sdk.DataType{
	tables.String:    sdk.DataType_STRING,
	tables.Long:      sdk.DataType_LONG,
	tables.Double:    sdk.DataType_DOUBLE,
	tables.Boolean:   sdk.DataType_BOOLEAN,
	tables.Timestamp: sdk.DataType_UTC_DATETIME,
	tables.Date:      sdk.DataType_NAIVE_DATE,
	tables.JSON:      sdk.DataType_JSON,
}

// snapshot reads the day's segments and tags, once per day of the workspace. It
// runs before the datasets: a day that is missed cannot be had later. A walk
// that was cut off on the same day goes on at its next stage.
func (s *syncRun) snapshot(ctx context.Context, selected selection) error {
	mode := s.workspace.Settings.Memberships
	var odd warnings
	walk := s.walk(odd.add)
	if mode == configuration.MembershipsNone || walk == nil {
		return nil
	}
	if err := s.pin(ctx, walk); err != nil {
		return err
	}
	began := time.Now()
	sender := newMembershipSender(s, mode, walk.State().Date, selected)
	var failed []error
	for _, stage := range membership.StagesFor(sender.tables()) {
		_, done := walk.State().Done[stage]
		if builds := stage == membership.Segments || stage == membership.Snapshot; done || builds && len(failed) > 0 {
			continue // it builds on stages that have failed
		}
		err := walk.Run(ctx, stage, func(row tables.Row) error { return sender.row(ctx, row) })
		if alone, ok := errors.AsType[*membership.StageError](err); ok && alone.Alone() {
			failed = append(failed, err) // the other stages have lists of their own
		} else if err != nil {
			return err
		}
		if err := errors.Join(sender.flush(ctx), s.warnAll(ctx, odd.take())); err != nil {
			return err
		}
		if err != nil {
			continue
		}
		s.log.Info("segments and tags", "stage", string(stage), "rows", walk.State().Done[stage].Rows)
		if err := s.pin(ctx, walk); err != nil {
			return err
		}
	}
	if len(failed) > 0 {
		return errors.Join(failed...)
	}
	s.state.Memberships = &membershipState{Finished: walk.State().Date}
	s.log.Info("segments and tags are read", "date", walk.State().Date, "complete", walk.State().Complete(), "seconds", time.Since(began).Round(100*time.Millisecond).Seconds())
	if !walk.State().Complete() {
		if err := s.warn(ctx, "the snapshot of segments and tags of %s could not be proven complete: membership_snapshot says which lists", walk.State().Date); err != nil {
			return err
		}
	}
	return s.checkpoint(ctx)
}

// warnings are those of a walk, which hears of them on goroutines of its own.
type warnings struct {
	mu  sync.Mutex
	all []string
}

func (w *warnings) add(warning string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.all = append(w.all, warning)
}

// take gives the warnings that have come since it was last called.
func (w *warnings) take() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	all := w.all
	w.all = nil
	return all
}

func (s *syncRun) warnAll(ctx context.Context, all []string) error {
	for _, warning := range all {
		if err := s.warn(ctx, "%s", warning); err != nil {
			return err
		}
	}
	return nil
}

// pin makes the walk's place last: its date and time are those of its start,
// however often it is cut off.
func (s *syncRun) pin(ctx context.Context, walk *membership.Walk) error {
	state := walk.State()
	s.state.Memberships.Walk = &state
	return s.checkpoint(ctx)
}

// walk is the day's snapshot, begun or taken up; nil when it is there already.
func (s *syncRun) walk(warn func(string)) *membership.Walk {
	if s.state.Memberships == nil {
		s.state.Memberships = &membershipState{}
	}
	begin := membership.Begin(s.workspace.Now, s.workspace.Zone)
	last := s.state.Memberships
	if last.Finished >= begin.Date {
		return nil
	}
	if last.Walk != nil && last.Walk.Date == begin.Date {
		begin = *last.Walk
	}
	return membership.New(membership.Config{
		Client: s.workspace.Client, Log: s.log, Now: s.connector.options.Now, Warn: warn,
	}, begin)
}

// membershipSender turns rows of a snapshot into records. These tables are
// small beside the datasets: the generated types are fast enough.
type membershipSender struct {
	sync  *syncRun
	plans map[string]membershipPlan
	date  *sdk.ValueType
	batch []*sdk.Record
	bytes int
}

// membershipPlan is a selected table: which of its columns are sent.
type membershipPlan struct {
	table tables.Table
	dated string // the column of the snapshot's day; "" when it is not sent
	send  []bool
}

func newMembershipSender(s *syncRun, mode configuration.Memberships, date string, selected selection) *membershipSender {
	day, _ := time.Parse(time.DateOnly, date)
	sender := &membershipSender{sync: s, plans: map[string]membershipPlan{}, date: naiveDate(day)}
	for _, table := range tables.All() {
		if !selected.table(table.Name) {
			continue
		}
		plan := membershipPlan{table: table, send: make([]bool, len(table.Columns))}
		for i, c := range table.Columns {
			plan.send[i] = c.Key || selected.column(table.Name, c.Name)
		}
		if name, key := dated(table, mode); name != "" && (key || selected.column(table.Name, name)) {
			plan.dated = name
		}
		sender.plans[table.Name] = plan
	}
	return sender
}

// tables are the names of those that are selected, in order.
func (m *membershipSender) tables() []string {
	var names []string
	for name := range m.plans {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// Bounds of a batch: Fivetran's on records, and a size that keeps memory small.
const (
	batchRecords = 100
	batchBytes   = 100_000
)

func (m *membershipSender) row(ctx context.Context, row tables.Row) error {
	plan, ok := m.plans[row.Table]
	if !ok {
		return nil
	}
	data := map[string]*sdk.ValueType{}
	for i, c := range plan.table.Columns {
		if plan.send[i] {
			data[c.Name] = valueOf(c.Kind, row.Values[i])
			if text, ok := row.Values[i].(string); ok {
				m.bytes += len(text)
			}
		}
	}
	if plan.dated != "" {
		data[plan.dated] = m.date
	}
	m.batch = append(m.batch, &sdk.Record{TableName: row.Table, Type: sdk.RecordType_UPSERT, Data: data})
	if len(m.batch) == batchRecords || m.bytes >= batchBytes {
		return m.flush(ctx)
	}
	return nil
}

func (m *membershipSender) flush(ctx context.Context) error {
	if len(m.batch) == 0 {
		return nil
	}
	records := &sdk.Records{Records: m.batch}
	m.batch, m.bytes = nil, 0
	return m.sync.send(ctx, &sdk.UpdateResponse{Operation: &sdk.UpdateResponse_Records{Records: records}})
}

func valueOf(kind tables.Kind, value any) *sdk.ValueType {
	switch v := value.(type) {
	case nil:
		return &sdk.ValueType{Inner: &sdk.ValueType_Null{Null: true}}
	case int64:
		return &sdk.ValueType{Inner: &sdk.ValueType_Long{Long: v}}
	case float64:
		return &sdk.ValueType{Inner: &sdk.ValueType_Double{Double: v}}
	case bool:
		return &sdk.ValueType{Inner: &sdk.ValueType_Bool{Bool: v}}
	case time.Time:
		return &sdk.ValueType{Inner: &sdk.ValueType_UtcDatetime{UtcDatetime: timestamppb.New(v)}}
	case string:
		return textValue(kind, v)
	default:
		panic(fmt.Sprintf("a membership value of type %T", value))
	}
}

func textValue(kind tables.Kind, text string) *sdk.ValueType {
	switch kind {
	case tables.JSON:
		return &sdk.ValueType{Inner: &sdk.ValueType_Json{Json: text}}
	case tables.Date:
		day, _ := time.Parse(time.DateOnly, text)
		return naiveDate(day)
	default:
		return &sdk.ValueType{Inner: &sdk.ValueType_String_{String_: text}}
	}
}

func naiveDate(day time.Time) *sdk.ValueType {
	return &sdk.ValueType{Inner: &sdk.ValueType_NaiveDate{NaiveDate: timestamppb.New(day)}}
}
