package engagement

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"intercom-connector/connector/export/csv"
)

const (
	ReceiptTable = "message_receipt" // a row a receipt
	EventTable   = "message_event"   // a row for each thing that happened to one
)

// JSON columns of what is not in columns of its own.
const (
	otherColumns = "other_columns" // of receipts
	details      = "details"       // of events
)

// Columns of both.
const (
	ReceiptID  = "receipt_id"
	receivedAt = "received_at"
	eventName  = "event"
	occurredAt = "occurred_at"
)

// facts are the columns of the receipt file that say which message it was and who
// got it.
var facts = strings.Fields(`user_id user_external_id company_id company_external_id email name ruleset_id
	content_id content_type content_title created_via device ruleset_version_id conversation_id series_id
	series_title node_id`)

// first is what the names of columns begin with that tell when something first
// happened; firsts are the rest of them.
const first = "first_"

var firsts = strings.Fields(`reply completion series_completion series_disengagement series_exit goal_success
	tour_step_failure tour_step_view reaction open click dismissal collected_email unsubscribe hard_bounce
	soft_bounce spam_complaint permission_grant button_tap screen_view webhook_failure sms_failure
	whatsapp_failure push_failure answer keyword_reply people_reached_receipt checklist_step_receipt
	checklist_step_open checklist_step_click checklist_step_completion fin_helpful_answer fin_step_reached`)

// spellings are other names that the receipt file is known to give a column.
var spellings = map[string]string{"first_dismisall": "first_dismissal"}

// Tables are what an export becomes, with all their columns.
func Tables() []csv.Table {
	receipts := csv.Table{Name: ReceiptTable, RowID: true, Rest: otherColumns}
	add := func(name string, kind csv.Kind) {
		receipts.Columns = append(receipts.Columns, csv.Column{Name: name, Kind: kind, Field: csv.Absent, Key: name == ReceiptID})
	}
	add(ReceiptID, csv.String)
	add(receivedAt, csv.UTCDatetime)
	for _, name := range facts {
		add(name, csv.String)
	}
	for _, name := range firsts {
		add(first+name, csv.UTCDatetime)
	}
	events := csv.Table{Name: EventTable, Occurrence: true, Rest: details, Columns: []csv.Column{
		{Name: ReceiptID, Field: csv.Absent, Key: true},
		{Name: eventName, Field: csv.Absent, Key: true},
		{Name: occurredAt, Kind: csv.UTCDatetime, Field: csv.Absent, Key: true},
	}}
	return []csv.Table{receipts, events}
}

// receipts is the table of a receipt file with such a header.
func (c *Config) receipts(names []string) (csv.Table, error) {
	t := c.Selected(Tables()[0])
	t.TimeField = -1
	for _, name := range names {
		column := strings.ToLower(name)
		if spelt, ok := spellings[column]; ok && !slices.Contains(names, spelt) {
			column = spelt
		}
		i := slices.IndexFunc(t.Columns, func(c csv.Column) bool { return c.Name == column && c.Field == csv.Absent })
		if i < 0 {
			if known(column) {
				t.Header = append(t.Header, csv.Field{ID: name}) // and not wanted
			}
			continue
		}
		t.Columns[i].Field = len(t.Header)
		t.Columns[i].Filled = strings.HasPrefix(column, first)
		if column == receivedAt {
			t.TimeField = len(t.Header)
		}
		t.Header = append(t.Header, csv.Field{ID: name})
	}
	if t.Columns[0].Field == csv.Absent || t.TimeField < 0 {
		return csv.Table{}, fmt.Errorf("the file of receipts has %d columns, and not both %s and %s among them", len(names), ReceiptID, receivedAt)
	}
	return t, nil
}

// known says whether the receipt file is known to have a column.
func known(column string) bool {
	return slices.ContainsFunc(Tables()[0].Columns, func(c csv.Column) bool { return c.Name == column })
}

// events is the table of a file of an event with such a header.
func (c *Config) events(event string, names []string) (csv.Table, error) {
	id, at := slices.Index(names, ReceiptID), timeColumn(event, names)
	if id < 0 || at < 0 {
		return csv.Table{}, fmt.Errorf("the file of the event %q has %d columns, and not both %s and a time among them", event, len(names), ReceiptID)
	}
	t := c.Selected(Tables()[1])
	t.TimeField = -1 // by the receipt's time the export selects
	t.Header = []csv.Field{{ID: names[id]}, {ID: names[at]}}
	t.Columns[0].Field, t.Columns[1].Constant, t.Columns[2].Field = 0, event, 1
	return t, nil
}

// timeColumn is where an event's time stands: in the column that is named after
// it, such as opened_at of open, or the only one of a time. It is -1 if there is
// none.
func timeColumn(event string, names []string) int {
	var times []int
	for i, name := range names {
		if strings.HasSuffix(name, "_at") && name != receivedAt {
			times = append(times, i)
		}
	}
	for _, i := range times {
		if verb, _, _ := strings.Cut(names[i], "_"); len(times) > 1 && strings.HasPrefix(verb, event[:min(len(event), 4)]) {
			return i
		}
	}
	if len(times) == 0 {
		return -1
	}
	return times[0]
}

// Selected leaves out what nobody wants of a table. Its key is always there, and
// the receipts' time, by which they are held against their range.
func (c *Config) Selected(t csv.Table) csv.Table {
	t.Zone = c.Zone
	wanted := func(column string) bool { return c.Wanted == nil || c.Wanted(t.Name, column) }
	t.Columns = slices.DeleteFunc(t.Columns, func(c csv.Column) bool { return !c.Key && c.Name != receivedAt && !wanted(c.Name) })
	t.NoUnparsed = !wanted(csv.UnparsedColumn)
	if !wanted(t.Rest) {
		t.Rest = ""
	}
	return t
}

func instant(epoch int64) time.Time { return time.Unix(epoch, 0).UTC() }
