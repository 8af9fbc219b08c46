package configuration

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestParseDefaults(t *testing.T) {
	config, err := Parse(map[string]string{"access_token": " dG9rOmFiYw== ", "region": "", "colour": "red"})
	if err != nil {
		t.Fatal(err)
	}
	want := Settings{
		Token: "dG9rOmFiYw==", Datasets: []string{"conversation"}, LookbackDays: 30, Send: SendChanged, StateLimit: 1 << 20,
		ParallelJobs: 4, Memberships: MembershipsNone, Lookups: true, Unknown: []string{"colour"},
	}
	if diff := cmp.Diff(want, config, cmp.AllowUnexported(Start{})); diff != "" {
		t.Error(diff)
	}
}

// What has vanished is known only of what is remembered.
func TestVanishedNeedsAMemory(t *testing.T) {
	for key, value := range map[string]string{"send": "all", "lookback_days": "0", "app_id": ""} {
		s, err := Parse(map[string]string{"access_token": "a-token-of-tests", "remove_vanished": "True", key: value})
		if !s.RemoveVanished || (err == nil) != (value == "") || err != nil && !strings.HasPrefix(err.Error(), "remove_vanished: is true: this needs send") {
			t.Errorf("with %s %q: %v, %v", key, value, s.RemoveVanished, err)
		}
	}
}

func TestParseErrors(t *testing.T) {
	tests := []struct{ key, value, want string }{
		{"access_token", "", `access_token: is required: an access token of your Intercom app (Settings > Integrations > Developer Hub > your app > Configure > Authentication)`},
		{"access_token", "paste the access token of your Intercom app here", `access_token: is still the text of the example: put the access token of your Intercom app in its place`},
		{"access_token", "a b", `access_token: holds a space, a control character or a letter outside ASCII: paste the token alone`},
		{"access_token", "ab", `access_token: is too short: a token has 8 characters or more; copy the whole of it`},
		{"send", "some", `send: is "some": changed or all`},
		{"state_megabytes", "5", `state_megabytes: is "5": a whole number of megabytes, from 1 to 4`},
		{"dataset_id", "call,,tickets", `dataset_id: has an empty name in "call,,tickets": one dataset id, several separated by commas, or "all"`},
		{"dataset_id", "all, call", `dataset_id: is "all" or a list, not both: "all, call"`},
		{"attribute_ids", `["a",`, `attribute_ids: is not a JSON array of names: unexpected end of JSON input`},
		{"attribute_ids", `a,,b`, `attribute_ids: has an empty name in "a,,b"`},
		{"attribute_ids", `{"call": "a"}`, `attribute_ids: names "call", which dataset_id does not name`},
		{"attribute_ids", `{"conversation": 3}`, `attribute_ids: conversation: is neither a text nor a JSON array of names`},
		{"initial_start_time", "yesterday", `initial_start_time: is "yesterday": write epoch seconds (1767225600), a time (2026-01-01T00:00:00Z) or a date (2026-01-01)`},
		{"initial_start_time", "1767225600000", `initial_start_time: is "1767225600000": write epoch seconds (1767225600), a time (2026-01-01T00:00:00Z) or a date (2026-01-01), between 2011 and 2100`},
		{"window_seconds", "59", `window_seconds: is "59": a whole number of seconds, or empty for Automatic windows, from 60 to 2678400`},
		{"lookback_days", "-1", `lookback_days: is "-1": a whole number of days, from 0 to 365`},
		{"region", "UK", `region: is "UK": US, EU or AU, or empty to ask Intercom`},
		{"timezone", "Local", `timezone: is "Local": an IANA name such as Europe/Dublin or America/New_York, or empty for the workspace's`},
		{"parallel_jobs", "6", `parallel_jobs: is "6": a whole number of jobs, from 1 to 5`},
		{"primary_keys", "conversation_id", `primary_keys: is not a JSON object of dataset to columns, such as {"conversation": "conversation_id, channel"}: invalid character 'c' looking for beginning of value`},
		{"primary_keys", `{"tickets": "ticket_id"}`, `primary_keys: names "tickets", which dataset_id does not name`},
		{"lookups", "off", `lookups: is "off": on or none`},
		{"memberships", "weekly", `memberships: is "weekly": none, current, changed or daily`},
		{"remove_vanished", "maybe", `remove_vanished: is "maybe": true or false`},
		{"base_url", "http://example.com", `base_url: must be https: the token would cross the network in the clear to "example.com"`},
		{"base_url", "ftp://example.com", `base_url: must be https, not "ftp"`},
		{"base_url", "api.intercom.io", `base_url: names no host; it should look like https://api.intercom.io`},
		{"base_url", "https://user:pw@api.intercom.io", `base_url: must not hold a user name or password`},
	}
	for _, test := range tests {
		t.Run(test.key+"="+test.value, func(t *testing.T) {
			values := map[string]string{"access_token": "a-token-of-tests", test.key: test.value}
			_, err := Parse(values)
			if err == nil || err.Error() != test.want {
				t.Errorf("got  %v\nwant %s", err, test.want)
			}
		})
	}
}

func TestParseTellsAllAtOnce(t *testing.T) {
	_, err := Parse(map[string]string{"lookback_days": "x", "region": "x"})
	want := "access_token: is required: an access token of your Intercom app (Settings > Integrations > Developer Hub > your app > Configure > Authentication)\n" +
		"lookback_days: is \"x\": a whole number of days, from 0 to 365\n" +
		"region: is \"x\": US, EU or AU, or empty to ask Intercom"
	if err == nil || err.Error() != want {
		t.Errorf("got %v", err)
	}
}

func TestAttributes(t *testing.T) {
	tests := []struct {
		datasets, text string
		want           map[string][]string
	}{
		{"", "", nil},
		{"call", "call_id, call_state ,call_id", map[string][]string{"call": {"call_id", "call_state"}}},
		{"call", `["a, b", "c"]`, map[string][]string{"call": {"a, b", "c"}}},
		{"call,tickets", `{"call": "x,y", "tickets": ["z"]}`, map[string][]string{"call": {"x", "y"}, "tickets": {"z"}}},
		{"all", `{"call": "x"}`, map[string][]string{"call": {"x"}}},
	}
	for _, test := range tests {
		config, err := Parse(map[string]string{"access_token": "a-token-of-tests", "dataset_id": test.datasets, "attribute_ids": test.text})
		if err != nil {
			t.Errorf("%s: %v", test.text, err)
		}
		if diff := cmp.Diff(test.want, config.Attributes); diff != "" {
			t.Errorf("%s: %s", test.text, diff)
		}
	}
}

func TestStart(t *testing.T) {
	dublin, _ := time.LoadLocation("Europe/Dublin")
	now := time.Date(2026, 7, 2, 3, 4, 5, 6, time.UTC)
	tests := []struct{ text, want string }{
		{"", "2026-07-01T03:04:05Z"},
		{"2026-06-01", "2026-05-31T23:00:00Z"},
		{"2026-06-01T12:00:00+02:00", "2026-06-01T10:00:00Z"},
		{"1767225600", "2026-01-01T00:00:00Z"},
	}
	for _, test := range tests {
		config, err := Parse(map[string]string{"access_token": "a-token-of-tests", "initial_start_time": test.text})
		if err != nil {
			t.Fatal(err)
		}
		if got := config.Start.In(dublin, now).UTC().Format(time.RFC3339); got != test.want {
			t.Errorf("%q: got %s, want %s", test.text, got, test.want)
		}
	}
}

// FuzzParse: no value makes it panic, and no error quotes the token.
func FuzzParse(f *testing.F) {
	f.Add("all", `{"call":["a"]}`, "2026-01-01", "http://127.0.0.1:1", "{}")
	f.Add("conversation", "a,b", "1767225600", "https://[::1]", `{"conversation":"x"}`)
	f.Add("", "[", "1e9", "http://localhost:99999", "[]")
	f.Fuzz(func(t *testing.T, datasets, attributes, start, base, keys string) {
		config, err := Parse(map[string]string{
			"access_token": "a-token-of-tests", "dataset_id": datasets, "attribute_ids": attributes,
			"initial_start_time": start, "base_url": base, "primary_keys": keys,
		})
		if err == nil && config.Start.Given() {
			year := config.Start.In(time.UTC, time.Now()).Year()
			if year < firstYear || year > lastYear {
				t.Errorf("start %q became the year %d", start, year)
			}
		}
		for dataset, list := range config.Attributes {
			if err == nil && len(list) == 0 {
				t.Errorf("an empty list for %q", dataset)
			}
		}
	})
}
