package intercom

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"intercom-connector/intercom/answer"
	"intercom-connector/intercom/bounds"
	"intercom-connector/intercom/transport"
)

// Dataset is a table that the reporting export offers in this workspace.
type Dataset struct {
	ID, Name string
	// TimeAttributeID is the ID of the attribute by whose time an export selects
	// rows; where that is not among the attributes, whatever Intercom names.
	TimeAttributeID string
	Attributes      []Attribute

	timeQualified string // as Intercom names it, which may tell one of several apart
}

// TimeAttribute is the attribute by whose time an export selects rows. Intercom
// may name it with a prefix or without, and the prefix may be another than the
// attribute's. It reports false for a dataset that names none of its attributes.
func (d Dataset) TimeAttribute() (Attribute, bool) {
	var found []Attribute
	for _, a := range d.Attributes {
		switch {
		case d.TimeAttributeID == "":
		case a.QualifiedID == d.TimeAttributeID, a.QualifiedID != "" && a.QualifiedID == d.timeQualified:
			return a, true
		case a.ID == d.TimeAttributeID, a.ID == bareID(d.TimeAttributeID):
			found = append(found, a)
		}
	}
	for _, a := range found { // of several, a person's attribute may bear the same name
		if strings.HasPrefix(a.QualifiedID, "timestamp.") {
			return a, true
		}
	}
	if len(found) == 0 {
		return Attribute{}, false
	}
	return found[0], true
}

// bareID is a qualified id without its prefix, which ends at the first dot.
func bareID(qualified string) string {
	if _, bare, found := strings.Cut(qualified, "."); found && bare != "" {
		return bare
	}
	return qualified
}

// Attribute is a column of a dataset. Ids are unique within a dataset only
// when qualified: people.Brand and conversation.Brand both have the id Brand.
type Attribute struct {
	ID, QualifiedID, Name string
}

// Request is how an export asks for the attribute: by its qualified id where
// Intercom gives one (API 2.16 and later), else by its id.
func (a Attribute) Request() string {
	if a.QualifiedID != "" {
		return a.QualifiedID
	}
	return a.ID
}

type datasetsAnswer struct {
	Data    *datasetList    `json:"data"`
	HasMore json.RawMessage `json:"has_more"`
	Total   json.RawMessage `json:"total_count"`
	Pages   json.RawMessage `json:"pages"`
}

// more says that there are others than those that are listed, by the answer's own word:
// no source knows of pages here.
func (a *datasetsAnswer) more() bool {
	var pages struct {
		Next json.RawMessage `json:"next"`
	}
	_ = json.Unmarshal(a.Pages, &pages) // of another form it says nothing
	return answer.TruthOf(a.HasMore) || answer.TruthOf(pages.Next) || answer.CountOf(a.Total) > len(*a.Data)
}

// datasetList is read one by one: it ends where it is longer than it may be.
type datasetList []datasetAnswer

func (l *datasetList) UnmarshalJSON(b []byte) (err error) {
	*l, err = answer.ListOf[datasetAnswer](b, "datasets", maxDatasets)
	return err
}

type datasetAnswer struct {
	ID         answer.Text   `json:"id"`
	Name       answer.Text   `json:"name"`
	Time       answer.Text   `json:"default_time_attribute_id"`
	Attributes attributeList `json:"attributes"`
}

// attributeList is read as datasetList is.
type attributeList []attributeAnswer

func (l *attributeList) UnmarshalJSON(b []byte) (err error) {
	*l, err = answer.ListOf[attributeAnswer](b, "attributes in one dataset", maxAttributes)
	return err
}

type attributeAnswer struct {
	ID        answer.Text `json:"id"`
	Qualified answer.Text `json:"qualified_id"`
	Name      answer.Text `json:"name"`
}

// As much as a workspace may have: tables of a warehouse hold no more.
const (
	maxDatasets   = 1_000
	maxAttributes = 10_000 // of one dataset
	maxName       = 1_000  // bytes, of ids too
)

func (a *datasetsAnswer) Check() error {
	if a.Data == nil {
		return errors.New("no data")
	}
	if a.more() {
		return fmt.Errorf("it says that there are more datasets than the %d that it lists", len(*a.Data))
	}
	for i, d := range *a.Data {
		switch {
		case d.ID == "":
			return fmt.Errorf("dataset %d has no id", i+1)
		case len(d.ID) > maxName || len(d.Name) > maxName || len(d.Time) > maxName:
			return fmt.Errorf("dataset %d has a name of more than %d bytes", i+1, maxName)
		}
		for j, attr := range d.Attributes {
			if len(attr.ID) > maxName || len(attr.Qualified) > maxName || len(attr.Name) > maxName {
				return fmt.Errorf("attribute %d of dataset %d has a name of more than %d bytes", j+1, i+1, maxName)
			}
			if attr.ID == "" && attr.Qualified == "" {
				return fmt.Errorf("attribute %d of dataset %q has no id", j+1, transport.Clip(string(d.ID), 100))
			}
		}
	}
	return nil
}

// Datasets lists the datasets that the reporting export offers, in Intercom's
// order, with all of their attributes: GET /export/reporting_data/get_datasets. One
// that is listed twice is one, with the attributes of both.
func (c *Client) Datasets(ctx context.Context) ([]Dataset, error) {
	a, _, err := Fetch[datasetsAnswer](ctx, c, Call{
		Op: "list datasets", Method: http.MethodGet, Path: "/export/reporting_data/get_datasets",
		Limits: bounds.Catalogue,
	})
	if err != nil {
		return nil, err
	}
	datasets := make([]Dataset, 0, len(*a.Data))
	at := map[string]int{}
	for _, d := range *a.Data {
		ds := Dataset{ID: string(d.ID), Name: string(d.Name), TimeAttributeID: string(d.Time), timeQualified: string(d.Time)}
		for _, attr := range d.Attributes {
			as := Attribute{ID: string(attr.ID), QualifiedID: string(attr.Qualified), Name: string(attr.Name)}
			if as.ID == "" || as.ID == as.QualifiedID {
				as.ID = bareID(as.QualifiedID)
			}
			ds.Attributes = append(ds.Attributes, as)
		}
		i, twice := at[ds.ID]
		if !twice {
			at[ds.ID] = len(datasets)
			datasets = append(datasets, ds)
			continue
		}
		datasets[i].Attributes = append(datasets[i].Attributes, ds.Attributes...)
		datasets[i].timeQualified = cmp.Or(datasets[i].timeQualified, ds.timeQualified)
		datasets[i].TimeAttributeID = cmp.Or(datasets[i].TimeAttributeID, ds.TimeAttributeID)
	}
	for i := range datasets {
		if time, ok := datasets[i].TimeAttribute(); ok {
			datasets[i].TimeAttributeID = time.ID
		}
	}
	return datasets, nil
}
