package state

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"

	"intercom-connector/connector/deflate"
	"intercom-connector/connector/export/plan"
)

// names are the names that columns were given, by dataset: nine tenths of what a
// state would be in full, and alike from dataset to dataset. As they travel with
// every checkpoint, they are deflated.
type names []byte

type datasetNames struct {
	Columns    map[string]string `json:"columns"`
	Former     map[string]string `json:"former,omitempty"`
	Unselected []string          `json:"unselected,omitempty"`
}

// deflatedNames are the names as a state was written last. They seldom change from one
// checkpoint to the next, and deflating them takes more time and memory than the rest
// of a checkpoint.
type deflatedNames struct {
	plain    []byte
	deflated names
}

// split takes the names out of datasets' states.
func split(datasets map[string]*plan.State) (map[string]*plan.State, map[string]datasetNames) {
	rest, all := map[string]*plan.State{}, map[string]datasetNames{}
	for id, d := range datasets {
		short := *d
		short.Columns, short.Former, short.Unselected = nil, nil, nil
		rest[id] = &short
		if d.Columns != nil || d.Former != nil || len(d.Unselected) > 0 {
			all[id] = datasetNames{d.Columns, d.Former, d.Unselected}
		}
	}
	return rest, all
}

// of gives the names of all datasets, deflated.
func (d *deflatedNames) of(all map[string]datasetNames) names {
	if len(all) == 0 {
		return nil
	}
	plain, err := json.Marshal(all)
	if err != nil {
		panic(err) // maps of texts
	}
	if !bytes.Equal(plain, d.plain) {
		d.plain, d.deflated = plain, deflate.Pack(plain)
	}
	return d.deflated
}

// mostNames is more than any workspace's names take: what it tells of its datasets is
// no longer.
const mostNames = 16 << 20

// join puts the names back. Names of no dataset are left out: it was reset.
func (n names) join(datasets map[string]*plan.State) error {
	if len(n) == 0 {
		return nil
	}
	var all map[string]datasetNames
	if err := json.NewDecoder(deflate.Unpack(n, mostNames)).Decode(&all); err != nil {
		return err
	}
	for _, id := range slices.Sorted(maps.Keys(all)) {
		if d := datasets[id]; d != nil {
			d.Columns, d.Former, d.Unselected = all[id].Columns, all[id].Former, all[id].Unselected
		}
	}
	return nil
}
