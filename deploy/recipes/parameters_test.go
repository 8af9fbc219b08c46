package recipes_test

import (
	"strings"
	"testing"

	"intercom-connector/deploy/recipes"
)

func TestSet(t *testing.T) {
	for _, test := range []struct {
		recipe     string
		given      []string
		want, fail string
	}{
		{"who-is-in-segment", []string{"segment=Churned"}, "    SELECT 'Churned' AS segment -- change this\n", ""},
		{"who-is-in-segment", []string{"segment=O'Heath' AS x"}, "    SELECT 'O''Heath'' AS x' AS segment -- change this\n", ""},
		{"who-is-in-segment", nil, "    SELECT 'Paying' AS segment -- change this\n", ""},
		{"tagged-then-in-segment", []string{"within_days=7", "tag=VIP"}, "    SELECT 'VIP' AS tag, 'Slipping away' AS segment, 7 AS within_days -- change these\n", ""},
		{"tagged-then-in-segment", []string{"within_days=7 OR 1"}, "", `within_days of the recipe tagged-then-in-segment is a whole number, not "7 OR 1"`},
		{"companies-that-moved-on", []string{"segment=Trial"}, "", `the recipe companies-that-moved-on has nothing to set by "segment=Trial": write from_segment=... or to_segment=...`},
		{"who-is-in-segment", []string{"segment"}, "", `has nothing to set by "segment": write segment=...`},
		{"days-published", []string{"days=3"}, "", "none, it has no parameters"},
	} {
		r, err := recipes.Get(test.recipe)
		if err != nil {
			t.Fatal(err)
		}
		got, err := r.Set(test.given)
		switch {
		case test.fail != "":
			if err == nil || !strings.Contains(err.Error(), test.fail) {
				t.Errorf("%s, %q: %v", test.recipe, test.given, err)
			}
		case err != nil || !strings.Contains(got, test.want):
			t.Errorf("%s, %q: %v\n%s", test.recipe, test.given, err, got)
		}
	}
}

// A segment's members are those that the sandbox knows on the last day.
func TestWhoIsInASegment(t *testing.T) {
	db := openLake(t, lakeRoot)
	ids := names(t, db)
	r, err := recipes.Get("who-is-in-segment")
	if err != nil {
		t.Fatal(err)
	}
	for _, segment := range []string{"Paying", "Slipping away"} {
		text, err := r.Set([]string{"segment=" + segment})
		if err != nil {
			t.Fatal(err)
		}
		result := query(t, db, text)[1:]
		day := result[0][0]
		members := map[string]bool{}
		for _, line := range result {
			if members[line[1]] = true; line[2] == "" || !strings.Contains(line[3], "@") {
				t.Errorf("no name or address in %q", line)
			}
			if !lakeTruth[day][[2]string{line[1], ids[segment]}] {
				t.Errorf("%s: %s is not in it", segment, line[1])
			}
		}
		for pair := range lakeTruth[day] {
			if pair[1] == ids[segment] && !members[pair[0]] {
				t.Errorf("%s: %s is missing", segment, pair[0])
			}
		}
	}
}
