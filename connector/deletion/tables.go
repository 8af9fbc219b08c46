package deletion

import (
	"slices"
	"time"

	"intercom-connector/connector/export/dataset"
	"intercom-connector/connector/export/plan"
	"intercom-connector/membership/tables"
)

// Own is the table of the deletions themselves.
const Own = tables.Deleted

// conversationID is the attribute that tells whose a row is.
const conversationID = "conversation_id"

// ConversationColumn is the column of a table that tells whose its rows are; nil
// if none does.
func ConversationColumn(t *dataset.Table) *dataset.Column {
	i := slices.IndexFunc(t.Columns, func(c dataset.Column) bool { return c.Own && c.Attribute.ID == conversationID })
	if i < 0 {
		return nil
	}
	return &t.Columns[i]
}

// TablesToTell are the selected tables that are told of deletions: those whose rows
// a conversation's id is enough to find, and own, where it is wanted, that of the
// deletions. States are the datasets' states now. One that is new may be that of a
// re-sync, whose table holds the rows of before: it is told as any other.
func TablesToTell(selected []dataset.Selected, own bool, states map[string]*plan.State, now time.Time) []Table {
	var told []Table
	all := now.Add(-plan.Lag) // from when on deletions concern any of the tables
	for _, t := range selected {
		floor := time.Unix(states[t.Table.Dataset].Floor, 0)
		if floor.Before(all) {
			all = floor
		}
		column := ConversationColumn(t.Table)
		if column == nil || t.Table.Occurrence || !slices.Equal(t.Table.Key(), []string{column.Name}) {
			continue
		}
		told = append(told, Table{Name: t.Table.Name, Key: column.Name, From: floor})
	}
	if own {
		told = append(told, Table{Name: Own, From: all})
	}
	return told
}
