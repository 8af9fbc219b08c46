package workspace

import (
	"fmt"
	"iter"
	"strings"
	"time"
)

// Dataset is a dataset of the reporting export that a test brings with it.
type Dataset struct {
	ID          string
	Name        string
	Description string
	// TimeAttribute is the bare id of the attribute by which rows are
	// selected; "" is rendered as null.
	TimeAttribute string
	Attributes    []Attribute
	// Rows are the dataset's rows, exported in this order.
	Rows []Row
	// Stream gives further rows; it must give the same ones each time, and
	// may be called concurrently.
	Stream iter.Seq[Row]
}

// Attribute is one attribute of a dataset. ID may be empty where QualifiedID
// is given: it is then what follows the first dot.
type Attribute struct {
	ID          string
	QualifiedID string // "" means the id with the prefix standard
	Name        string // "" is made of the id
}

// Row is one row. Values and Set are keyed by qualified id (by bare id where
// the attribute has none) and hold the text as exported; what they lack is
// null. The time attribute is written from Time unless Values hold it.
type Row struct {
	Time    time.Time         // by which exports select it
	Visible time.Time         // from when on exports hold it; zero means Time
	Gone    time.Time         // from when on exports no longer hold it; zero means never
	Values  map[string]string // as it appeared first
	Changes []Change          // what happened to it later, in order of At
}

func (d Dataset) check() error {
	if d.ID == "" {
		return fmt.Errorf("sandbox: a Dataset has no ID")
	}
	for i, a := range d.Attributes {
		if a.Bare() == "" {
			return fmt.Errorf("sandbox: attribute %d of dataset %s has neither ID nor QualifiedID", i, d.ID)
		}
	}
	return nil
}

// Bare is the attribute's bare id.
func (a Attribute) Bare() string {
	if a.ID != "" {
		return a.ID
	}
	return BareID(a.QualifiedID)
}

// BareID is what follows the first dot of a qualified id.
func BareID(qualified string) string {
	if _, id, ok := strings.Cut(qualified, "."); ok {
		return id
	}
	return qualified
}
