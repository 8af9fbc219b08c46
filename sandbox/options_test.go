package sandbox

import (
	"strings"
	"testing"
)

func TestCheckNamesWhatIsWrong(t *testing.T) {
	if err := (Options{}).Check(); err != nil {
		t.Errorf("the zero value is refused: %v", err)
	}
	for want, o := range map[string]Options{
		`Timezone "Berlin"`:        {Timezone: "Berlin"},
		`Body "rar"`:               {Body: "rar"},
		`Timestamps "stardate"`:    {Timestamps: "stardate"},
		`Language "fr"`:            {Language: "fr"},
		"RowsPerDay -1":            {RowsPerDay: -1},
		"RowsPerDay 20000001":      {RowsPerDay: 20_000_001},
		"Parts -1":                 {Parts: -1},
		`scope "everything"`:       {Scopes: []string{"everything"}},
		"a Dataset has no ID":      {Datasets: []Dataset{{}}},
		"attribute 1 of dataset d": {Datasets: []Dataset{{ID: "d", Attributes: []Attribute{{ID: "a"}, {}}}}},
	} {
		if err := o.Check(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want an error with %s", err, want)
		}
	}
}
