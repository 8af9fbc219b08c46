package reporting

import (
	"net/http"
	"slices"

	"intercom-connector/sandbox/api"
	"intercom-connector/sandbox/reporting/columns"
	"intercom-connector/sandbox/reporting/table"
)

// getDatasets lists the datasets and their attributes.
func (s *API) getDatasets(w http.ResponseWriter, _ *http.Request, q api.Request) error {
	qualified := s.qualifies(q)
	list := []any{}
	for _, t := range s.tables {
		attributes := []any{}
		for _, c := range s.present(t) {
			a := map[string]any{"id": c.ID, "name": orNull(c.Name)}
			if qualified {
				a["qualified_id"] = orNull(c.Listed)
			}
			attributes = append(attributes, a)
			if s.options.Speaks("attribute-twice") && len(attributes) == 1 {
				attributes = append(attributes, a)
			}
		}
		dataset := map[string]any{
			"id": t.ID, "name": orNull(t.Name), "description": orNull(t.Description),
			"default_time_attribute_id": orNull(s.timeAttribute(t)), "attributes": attributes,
		}
		if s.options.Speaks("time-attribute-absent") {
			delete(dataset, "default_time_attribute_id")
		}
		list = append(list, dataset)
	}
	if s.options.Speaks("dataset-twice") && len(list) > 0 {
		list = append(list, list[0])
	}
	api.WriteJSON(w, http.StatusOK, map[string]any{"type": "list", "data": list})
	return nil
}

// present are the columns that are not hidden now.
func (s *API) present(t table.Table) []table.Column {
	now := s.now()
	return slices.DeleteFunc(slices.Clone(t.Columns), func(c table.Column) bool {
		return s.removed(t, c, now) || (s.options.Hidden != nil && s.options.Hidden(t.ID, c.Key(), now))
	})
}

// qualifies says whether a call gives and takes qualified ids.
func (s *API) qualifies(q api.Request) bool {
	return q.Version >= firstQualified && !s.options.NoQualifiedIDs
}

// timeAttribute is what get_datasets calls a table's time attribute.
func (s *API) timeAttribute(t table.Table) string {
	if s.options.Speaks("time-attribute-null") || s.options.Speaks("time-attribute-new") && t.ID == columns.UnknownID {
		return ""
	}
	if s.options.Speaks("time-attribute-qualified") {
		for _, c := range t.Columns {
			if c.ID == t.TimeAttribute && c.Listed != "" {
				return c.Listed
			}
		}
	}
	return t.TimeAttribute
}

func orNull(text string) any {
	if text == "" {
		return nil
	}
	return text
}
