package warehouse

import (
	"testing"

	"intercom-connector/tester/script"
)

func TestLadder(t *testing.T) {
	parse := func(name string) Type {
		typ, err := DeclaredType(script.TableOf("t", "c "+name).GetColumns()[0])
		if err != nil {
			t.Fatal(err)
		}
		return typ
	}
	for _, test := range []struct{ a, b, want string }{
		{"UNSPECIFIED", "LONG", "LONG"},
		{"SHORT", "INT", "INT"},
		{"SHORT", "LONG", "LONG"},
		{"INT", "DOUBLE", "DOUBLE"},
		{"SHORT", "FLOAT", "FLOAT"},
		{"INT", "FLOAT", "DOUBLE"},  // a FLOAT keeps 24 bits of an INT's 32
		{"LONG", "FLOAT", "DOUBLE"}, // and fewer of a LONG's
		{"FLOAT", "DOUBLE", "DOUBLE"},
		{"DECIMAL(10,2)", "DECIMAL(8,4)", "DECIMAL(12,4)"},
		{"DECIMAL(10,2)", "LONG", "DECIMAL(21,2)"},
		{"DECIMAL(38,30)", "LONG", "STRING"},
		{"DECIMAL(10,2)", "DOUBLE", "DOUBLE"},
		{"DECIMAL(30,2)", "DOUBLE", "STRING"},
		{"NAIVE_DATE", "NAIVE_DATETIME", "NAIVE_DATETIME"},
		{"NAIVE_DATE", "UTC_DATETIME", "UTC_DATETIME"},
		{"NAIVE_DATETIME", "UTC_DATETIME", "UTC_DATETIME"},
		{"BOOLEAN", "LONG", "STRING"},
		{"LONG", "UTC_DATETIME", "STRING"},
		{"LONG", "STRING", "STRING"},
		{"BINARY", "STRING", "STRING"},
		{"JSON", "STRING", "STRING"},
		{"JSON", "LONG", "STRING"},
		{"JSON", "JSON", "JSON"},
	} {
		want := parse(test.want)
		if got := Widen(parse(test.a), parse(test.b)); got != want {
			t.Errorf("Widen(%s, %s) = %v, want %v", test.a, test.b, got, want)
		}
		if got := Widen(parse(test.b), parse(test.a)); got != want {
			t.Errorf("Widen(%s, %s) = %v, want %v", test.b, test.a, got, want)
		}
	}
}
