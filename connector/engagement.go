package connector

import (
	"context"
	"time"

	"intercom-connector/connector/export/csv"
	"intercom-connector/connector/export/engagement"
	"intercom-connector/connector/export/record"
	sdk "intercom-connector/proto"
)

// engagementTables are the tables of message engagement, where it is wanted.
func engagementTables(wanted bool) (tables []*sdk.Table) {
	if !wanted {
		return nil
	}
	for _, t := range engagement.Tables() {
		p := &sdk.Table{Name: t.Name}
		add := func(c csv.Column) {
			p.Columns = append(p.Columns, &sdk.Column{Name: c.Name, Type: dataType(c.Kind), PrimaryKey: c.Key})
		}
		for _, c := range t.Columns {
			if c.Key {
				add(c)
			}
		}
		if t.Occurrence {
			add(csv.Column{Name: csv.OccurrenceColumn, Kind: csv.Long, Key: true})
		}
		for _, c := range t.Columns {
			if !c.Key {
				add(c)
			}
		}
		for _, name := range []string{t.Rest, csv.UnparsedColumn} {
			p.Columns = append(p.Columns, &sdk.Column{Name: name, Type: sdk.DataType_JSON})
		}
		tables = append(tables, p)
	}
	return tables
}

// newEngagement prepares the reading of message engagement; nil where nobody wants
// it.
func (s *syncRun) newEngagement() *engagement.Run {
	w := s.workspace
	receipts, events := s.selected.Table(engagement.ReceiptTable), s.selected.Table(engagement.EventTable)
	if !w.Settings.Engagement || !receipts && !events {
		return nil
	}
	start := w.Settings.Start.In(w.Zone, w.Now).Unix()
	if s.state.Engagement == nil {
		s.state.Engagement = engagement.NewState(start, start)
	} else if w.Settings.Start.Given() {
		s.state.Engagement.BeginEarlier(start, start)
	}
	s.state.Engagement.Want(map[string]bool{engagement.ReceiptTable: receipts, engagement.EventTable: events})
	return engagement.New(engagement.Config{
		Client: w.Client, Sink: engagementSink{s}, State: s.state.Engagement,
		Now: w.Now, Zone: w.Zone, Clock: s.connector.options.Now,
		LookbackDays: w.Settings.LookbackDays, MostRows: s.connector.options.mostMessages,
		Wanted: func(table, column string) bool {
			return s.selected.Table(table) && (column == "" || s.selected.Column(table, column))
		},
		Log: s.log, Bug: s.connector.bug,
	})
}

// engagementSink is Fivetran's stream as the sink of message engagement.
type engagementSink struct{ sync *syncRun }

// Begin has nothing to take back: rows that come again overwrite.
func (e engagementSink) Begin(context.Context) error { return nil }

// End has nothing to add: rows were sent as they came.
func (e engagementSink) End(context.Context, time.Time, time.Time) error { return nil }

// Rows sends the rows of a file as records.
func (e engagementSink) Rows(ctx context.Context, t csv.Table, w csv.Window, from csv.Source) (csv.Stats, error) {
	t.NoNulls = e.sync.connector.options.NoNulls
	encoder, err := record.NewEncoder(t)
	if err != nil {
		return csv.Stats{}, err
	}
	return encoder.Encode(ctx, from, w, func(b *record.Batch) error { return e.sync.out.Send(ctx, b) })
}

func (e engagementSink) Keep(ctx context.Context) error { return e.sync.checkpoint(ctx) }

func (e engagementSink) Warn(ctx context.Context, message string) error {
	return e.sync.warn(ctx, "%s", message)
}
