package dataset

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

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

func attribute(qualified string) intercom.Attribute {
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
		list = append(list, attribute(q))
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
	if diff := cmp.Diff(want, ColumnNames(list)); diff != "" {
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
		list := Distinct(attributes(a, b, c, d))
		names := ColumnNames(list)
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
		backwards := ColumnNames(list)
		for i, name := range backwards {
			if names[len(names)-1-i] != name {
				t.Errorf("%q has another column when listed elsewhere", list[i].Request())
			}
		}
	})
}
