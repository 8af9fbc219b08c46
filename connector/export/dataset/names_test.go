package dataset

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"intercom-connector/connector/export/csv"
	"intercom-connector/intercom"
)

func TestSnake(t *testing.T) {
	tests := map[string]string{
		"conversation_id":               "conversation_id",
		"lastRatingValue":               "last_rating_value",
		"Contact Tags":                  "contact_tags",
		"sha256":                        "sha_256",
		"user-data":                     "user_data",
		"Escalation Reason: 2nd":        "escalation_reason_2_nd",
		"# clients":                     "clients",
		"Größe":                         "grosse",
		"Fin AI Agent: Preview":         "fin_ai_agent_preview",
		"__a__b__":                      "a_b",
		"城市":                            "cheng_shi",
		"userID":                        "user_id",
		"🙂":                             "",
		"conversation-rating-sent.id":   "conversation_rating_sent_id",
		"first_response_time_90th_perc": "first_response_time_90_th_perc",
	}
	for in, want := range tests {
		if got := Snake(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
		if again := Snake(want); again != want {
			t.Errorf("%q is rewritten to %q", want, again)
		}
	}
}

func named(qualified string) intercom.Attribute {
	for i, r := range qualified {
		if r == '.' {
			return intercom.Attribute{ID: qualified[i+1:], QualifiedID: qualified}
		}
	}
	return intercom.Attribute{ID: qualified}
}

func attributes(qualified ...string) []intercom.Attribute {
	var list []intercom.Attribute
	for _, q := range qualified {
		list = append(list, named(q))
	}
	return list
}

func TestColumnNames(t *testing.T) {
	list := attributes("standard.conversation_id", "people.Brand", "conversation.Brand",
		"conversation.integration", "conversation.Integration", "conversation.# clients",
		"acme.Score", "standard.channel", "call.channel", "user_id", "standard.occurrence",
		"conversation.🙂", "people.unparsed values")
	want := []string{
		"conversation_id", "people_brand", "conversation_brand",
		"conversation_integration", "conversation_integration_" + letters("conversation.Integration"), "conversation_clients",
		"acme_score", "standard_channel", "call_channel", "user_id", "standard_occurrence",
		"conversation", "people_unparsed_values",
	}
	if diff := cmp.Diff(want, columnNames(understand(intercom.Dataset{Attributes: list}), nil)); diff != "" {
		t.Error(diff)
	}
}

// Whatever the attributes are called, columns are unique, fit for Fivetran as
// they are, and do not depend on the order of the list.
func FuzzColumnNames(f *testing.F) {
	f.Add("standard.a", "conversation.A", "conversation.a", "people.#")
	f.Add("conversation.Integration", "conversation.integration", "conversation.INTEGRATION", "x")
	f.Add("standard.occurrence", "occurrence", "call.occurrence", "standard.unparsed_values")
	f.Fuzz(func(t *testing.T, a, b, c, d string) {
		list := distinct(attributes(a, b, c, d))
		names := columnNames(understand(intercom.Dataset{Attributes: list}), nil)
		for i, name := range names {
			if name == "" || slices.Contains(reserved, name) || Snake(name) != name {
				t.Errorf("%q has the column %q", list[i].Request(), name)
			}
			for j := range i {
				if names[j] == name {
					t.Errorf("%q and %q share the column %q", list[j].Request(), list[i].Request(), name)
				}
			}
		}
		for i, j := 0, len(list)-1; i < j; i, j = i+1, j-1 {
			list[i], list[j] = list[j], list[i]
		}
		backwards := columnNames(understand(intercom.Dataset{Attributes: list}), nil)
		for i, name := range backwards {
			if names[len(names)-1-i] != name {
				t.Errorf("%q has another column when listed elsewhere", list[i].Request())
			}
		}
	})
}

// A name once given stays with its attribute, whatever comes later; and no later
// attribute takes a name that was given, not even one whose attribute is gone.
func TestGivenNamesStay(t *testing.T) {
	tests := []struct {
		name  string
		given map[string]string
		now   []string
		want  []string
	}{
		{
			"a newcomer that is spelt better",
			map[string]string{"conversation_brand": "conversation.Brand"},
			[]string{"conversation.Brand", "conversation.brand"},
			[]string{"conversation_brand", "conversation_brand_" + letters("conversation.brand")},
		},
		{
			"a newcomer that would bear the name of one that is gone",
			map[string]string{"conversation_brand": "conversation.Brand"},
			[]string{"conversation.brand"},
			[]string{"conversation_brand_" + letters("conversation.brand")},
		},
		{
			"a second bearer of an id: neither the first one's column nor its own changes",
			map[string]string{"channel": "standard.channel"},
			[]string{"standard.channel", "call.channel"},
			[]string{"channel", "call_channel"},
		},
		{
			"the same attribute, qualified since: the name stays",
			map[string]string{"channel": "channel"},
			[]string{"standard.channel"},
			[]string{"channel"},
		},
	}
	for _, test := range tests {
		got := columnNames(understand(intercom.Dataset{Attributes: attributes(test.now...)}), test.given)
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s: %s", test.name, diff)
		}
	}
}

func TestTableNames(t *testing.T) {
	reserved := []string{"contact", "tag"}
	got := TableNames([]string{"conversation", "Conversation", "contact", "call"}, reserved, map[string]string{"call": "call_xyzab"})
	want := map[string]string{
		"conversation": "conversation", "Conversation": "conversation_" + letters("Conversation"),
		"contact": "contact_" + letters("contact"), "call": "call_xyzab",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// Intercom's own attributes are known by their ids, whatever their prefix, as
// long as one attribute alone bears the id.
func TestOwnAttributesElsewhere(t *testing.T) {
	d := intercom.Dataset{ID: "ticket_time_in_state", TimeAttributeID: "ticket_created_at", Attributes: attributes(
		"standard.conversation_id", "ticket.ticket_created_at", "ticket.ticket_time_in_custom_state", "people.Brand")}
	table, err := New(d, "ticket_time_in_state", Choice{})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"conversation_id", "ticket_created_at", "ticket_time_in_custom_state"}, table.Key()); diff != "" || !table.Occurrence {
		t.Errorf("occurrence %v, key: %s", table.Occurrence, diff)
	}
	d = intercom.Dataset{ID: "conversation", TimeAttributeID: "conversation_started_at", Attributes: attributes(
		"conversation.conversation_id", "conversation.conversation_started_at", "conversation.channel")}
	if table, err = New(d, "conversation", Choice{}); err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, c := range table.Columns {
		names = append(names, c.Name)
	}
	if diff := cmp.Diff([]string{"conversation_id", "conversation_started_at", "channel"}, names); diff != "" || table.Occurrence || !table.Columns[1].Time {
		t.Errorf("occurrence %v, time %v, columns: %s", table.Occurrence, table.Columns[1].Time, diff)
	}
}

// A known id is of its type whatever its prefix, where one attribute alone bears it,
// and stays of it when it is gone.
func TestKindsElsewhere(t *testing.T) {
	for _, prefix := range []string{"", "standard.", "conversation.", "timestamp.", "acme."} {
		var ids []string
		for _, id := range []string{"conversation_id", "conversation_started_at", "conversation_first_closed_at", "conversation_time_to_close", "teammate_replies_count"} {
			ids = append(ids, prefix+id)
		}
		table, err := New(intercom.Dataset{ID: "conversation", TimeAttributeID: "conversation_started_at", Attributes: attributes(ids...)}, "conversation", Choice{})
		if err != nil {
			t.Fatal(err)
		}
		var kinds []csv.Kind
		for _, c := range table.Columns {
			kinds = append(kinds, c.Kind)
		}
		if diff := cmp.Diff([]csv.Kind{csv.String, csv.UTCDatetime, csv.UTCDatetime, csv.Double, csv.Long}, kinds); diff != "" {
			t.Errorf("prefix %q: %s", prefix, diff)
		}
		stillThere := attributes(prefix+"conversation_id", prefix+"conversation_started_at")
		table, err = New(intercom.Dataset{ID: "conversation", TimeAttributeID: "conversation_started_at", Attributes: stillThere}, "conversation", Choice{Attributes: ids, Given: table.Requests()})
		if err != nil {
			t.Fatal(err)
		}
		var ofGone []csv.Kind
		for _, c := range table.Columns {
			ofGone = append(ofGone, c.Kind)
		}
		if diff := cmp.Diff(kinds, ofGone); diff != "" {
			t.Errorf("prefix %q, all but two gone: %s", prefix, diff)
		}
	}
}

// The time by which rows are exported is found however it is named, or the
// dataset is refused by name.
func TestTimeAttribute(t *testing.T) {
	tests := []struct {
		dataset, time string
		attributes    []string
		want          string // the attribute, or the error
	}{
		{"call", "call_initiated_at", []string{"call.call_id", "timestamp.call_initiated_at"}, "timestamp.call_initiated_at"},
		{"call", "timestamp.call_initiated_at", []string{"call.call_id", "timestamp.call_initiated_at"}, "timestamp.call_initiated_at"},
		{"call", "timestamp.call_initiated_at", []string{"call.call_id", "call_initiated_at"}, "call_initiated_at"},
		{"call", "call.call_initiated_at", []string{"call.call_id", "timestamp.call_initiated_at"}, "timestamp.call_initiated_at"},
		{"call", "started", []string{"call.call_id", "timestamp.call_initiated_at"}, "timestamp.call_initiated_at"},
		{"call", "started", []string{"call.call_id"}, `dataset call cannot be read: its rows are exported by the time "started", which is not among its attributes, or is more than one of them`},
		{"new_to_us", "when", []string{"acme.id"}, `dataset new_to_us cannot be read: its rows are exported by the time "when", which is not among its attributes, or is more than one of them`},
		{"new_to_us", "", []string{"acme.id"}, `dataset new_to_us cannot be read: Intercom does not say by which time its rows are exported, and none of its attributes is known to be it`},
		{"call", "", []string{"call.call_id", "timestamp.call_initiated_at"}, "timestamp.call_initiated_at"},
		{"call", "", []string{"call.call_id", "system.call_initiated_at"}, "system.call_initiated_at"},
		{"call", "", []string{"call.call_id", "call.call_initiated_at", "timestamp.call_initiated_at"}, "timestamp.call_initiated_at"},
		{"call", "call_initiated_at", []string{"people.call_initiated_at", "call.call_initiated_at"}, "call.call_initiated_at"},
		{"call", "call_initiated_at", []string{"people.call_initiated_at", "company.call_initiated_at"}, `dataset call cannot be read: its rows are exported by the time "call_initiated_at", which is not among its attributes, or is more than one of them`},
	}
	for _, test := range tests {
		table, err := New(intercom.Dataset{ID: test.dataset, TimeAttributeID: test.time, Attributes: attributes(test.attributes...)}, test.dataset, Choice{})
		got := ""
		if err != nil {
			got = err.Error()
		} else {
			for _, c := range table.Columns {
				if c.Time {
					got = c.Attribute.Request()
				}
			}
		}
		if got != test.want {
			t.Errorf("%s by %q: got %s", test.dataset, test.time, got)
		}
	}
}
