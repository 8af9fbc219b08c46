package transport

import "testing"

func TestScrub(t *testing.T) {
	for _, tt := range []struct{ token, text, want string }{
		{"secret+to/ken", "secret+to/ken, secret%2Bto%2Fken and secret+to%2Fken", "[token], [token] and [token]"},
		{"secret+to/ken", "at https://x/y?token=secret+to/ken&b=1 it ended", "at https://x/y?[query] it ended"},
		{"t", "the text that it sent", "the text that it sent"}, // no token, but a part of words
		{"", "nothing", "nothing"},
	} {
		if got := (&Trust{Token: tt.token}).Scrub(tt.text); got != tt.want {
			t.Errorf("%q: %s, not %s", tt.token, got, tt.want)
		}
	}
}
