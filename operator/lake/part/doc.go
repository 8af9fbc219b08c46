// Package part is a part of a table's day: rows as lines of JSON, compressed by
// gzip, in one file of a store. A [Writer] writes one and takes its measure, and
// [Scan] reads one and says whether it is what was measured.
package part

import "intercom-connector/membership/tables"

// File is one part as its publication tells of it.
type File struct {
	Key    string `json:"key"` // below the lake's root
	Rows   int64  `json:"rows"`
	Size   int64  `json:"size"` // bytes, compressed
	SHA256 string `json:"sha256"`
}

// Column is a column as it was written.
type Column struct {
	Name string      `json:"name"`
	Kind tables.Kind `json:"kind"`
}

// Damage is what a file of a lake is not as it should be. Errors of reading it
// that are of the store's making are none.
type Damage struct{ Key, What string }

func (d *Damage) Error() string { return d.Key + ": " + d.What }
