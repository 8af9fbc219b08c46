package intercom

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"intercom-connector/intercom/transport"
)

// Dataset is a table that the reporting export offers in this workspace.
type Dataset struct {
	ID, Name, Description string
	// TimeAttributeID is the attribute by whose time an export selects rows.
	TimeAttributeID string
	Attributes      []Attribute
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
	Data *[]struct {
		ID          text `json:"id"`
		Name        text `json:"name"`
		Description text `json:"description"`
		Time        text `json:"default_time_attribute_id"`
		Attributes  []struct {
			ID        text `json:"id"`
			Qualified text `json:"qualified_id"`
			Name      text `json:"name"`
		} `json:"attributes"`
	} `json:"data"`
}

func (a *datasetsAnswer) check() error {
	if a.Data == nil {
		return errors.New("no data")
	}
	for i, d := range *a.Data {
		if d.ID == "" {
			return fmt.Errorf("dataset %d has no id", i+1)
		}
		for j, attr := range d.Attributes {
			if attr.ID == "" && attr.Qualified == "" {
				return fmt.Errorf("attribute %d of dataset %q has no id", j+1, transport.Clip(string(d.ID), 100))
			}
		}
	}
	return nil
}

// Datasets lists the datasets that the reporting export offers, in Intercom's
// order, with all of their attributes: GET /export/reporting_data/get_datasets.
func (c *Client) Datasets(ctx context.Context) ([]Dataset, error) {
	a, _, err := fetch[datasetsAnswer](ctx, c, call{
		op: "list datasets", method: http.MethodGet, path: "/export/reporting_data/get_datasets",
	})
	if err != nil {
		return nil, err
	}
	datasets := make([]Dataset, 0, len(*a.Data))
	for _, d := range *a.Data {
		ds := Dataset{ID: string(d.ID), Name: string(d.Name), Description: string(d.Description), TimeAttributeID: string(d.Time)}
		for _, attr := range d.Attributes {
			at := Attribute{ID: string(attr.ID), QualifiedID: string(attr.Qualified), Name: string(attr.Name)}
			if at.ID == "" {
				at.ID = at.QualifiedID
			}
			ds.Attributes = append(ds.Attributes, at)
		}
		datasets = append(datasets, ds)
	}
	return datasets, nil
}
