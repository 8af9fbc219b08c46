package meaning

import "testing"

func TestColumn(t *testing.T) {
	for _, test := range []struct{ name, table, column, want string }{
		{"a line of its own", "call", "call_id", "Intercom's id of the call."},
		{"a line of its table", "tag", "name", "The tag's name."},
		{"a narrowed duration", "call", "response_time_in_office_hours", "Seconds until the reply, in office hours only."},
		{"a duration narrowed twice", "call", "time_to_close_excluding_bot_inbox_in_office_hours", "Seconds from the start to the last close, without time in the bot's inbox and in office hours only."},
		{"what first happened to a message", "message_receipt", "first_open", "When the first open came, in UTC; null where none has."},
		{"nothing known", "call", "shoe_size", ""},
	} {
		if got, _ := Column(test.table, test.column); got != test.want {
			t.Errorf("%s: %q, not %q", test.name, got, test.want)
		}
	}
	if got, line := Table("tag"); got != "One row per tag." || line != "[tag]" {
		t.Errorf("a table: %q, %q", got, line)
	}
}
