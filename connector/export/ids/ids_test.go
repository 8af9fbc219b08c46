package ids

import "testing"

func TestSet(t *testing.T) {
	var ids Set
	for _, id := range []string{"0", "7", "18446744073709551615", "007", "-1", "18446744073709551616", "ü", ""} {
		if ids.Has([]byte(id)) {
			t.Errorf("%q is there before it was added", id)
		}
		before := ids.Len()
		ids.Add(id)
		ids.Add(id)
		if !ids.Has([]byte(id)) || ids.Len() != before+1 {
			t.Errorf("%q: %v, %d ids after %d", id, ids.Has([]byte(id)), ids.Len(), before)
		}
	}
	for _, id := range []string{"00", "07", "+7", "7 ", "1", "1844674407370955161"} {
		if ids.Has([]byte(id)) {
			t.Errorf("%q was not added", id)
		}
	}
}
