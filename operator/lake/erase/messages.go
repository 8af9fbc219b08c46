package erase

import (
	"context"
	"slices"

	"intercom-connector/connector/export/engagement"
	"intercom-connector/operator/lake"
	"intercom-connector/operator/lake/merge"
)

// readMessages reads which messages the person got, as they are written: what happened
// to them tells of the person by their ids alone.
func (e *erasure) readMessages(ctx context.Context, published []lake.Publication) error {
	days := slices.DeleteFunc(slices.Clone(published), func(p lake.Publication) bool { return p.Table != engagement.ReceiptTable })
	found, err := e.find(ctx, days)
	if err != nil {
		return err
	}
	id := newID(e.contact)
	for day, p := range days {
		for i, cuts := range found[day].parts {
			if cuts.Rows == 0 {
				continue
			}
			err := e.lake.Scan(ctx, p.Parts[i], func(line []byte) error {
				if !id.in(line) {
					return nil
				}
				receipt, err := merge.Value(line, engagement.ReceiptID)
				if receipt != nil { // without one it tells of no other row
					e.messages[string(receipt)] = true
				}
				return err
			})
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// tells gives what says whether a row of a table is of the person. One goroutine uses
// it.
func (e *erasure) tells(table string) func(line []byte) bool {
	id := newID(e.contact)
	if table != engagement.EventTable || len(e.messages) == 0 {
		return id.in
	}
	return func(line []byte) bool {
		receipt, err := merge.Value(line, engagement.ReceiptID)
		return err == nil && e.messages[string(receipt)] || id.in(line)
	}
}
