package reporting

import (
	"net/http"
	"slices"

	"intercom-connector/sandbox/api"
	"intercom-connector/sandbox/reporting/table"
)

// getDatasets lists the datasets and their attributes.
func (s *API) getDatasets(w http.ResponseWriter, _ *http.Request, q api.Request) error {
	qualified := q.Version >= firstQualified && !s.options.NoQualifiedIDs
	list := []any{}
	for _, t := range s.tables {
		attributes := []any{}
		for _, c := range s.present(t) {
			a := map[string]any{"id": c.ID, "name": orNull(c.Name)}
			if qualified {
				a["qualified_id"] = orNull(c.Qualified)
			}
			attributes = append(attributes, a)
		}
		list = append(list, map[string]any{
			"id": t.ID, "name": orNull(t.Name), "description": orNull(t.Description),
			"default_time_attribute_id": orNull(t.TimeAttribute), "attributes": attributes,
		})
	}
	api.WriteJSON(w, http.StatusOK, map[string]any{"type": "list", "data": list})
	return nil
}

// present are the columns that are not hidden now.
func (s *API) present(t table.Table) []table.Column {
	if s.options.Hidden == nil {
		return t.Columns
	}
	now := s.now()
	return slices.DeleteFunc(slices.Clone(t.Columns), func(c table.Column) bool { return s.options.Hidden(t.ID, c.Key(), now) })
}

func orNull(text string) any {
	if text == "" {
		return nil
	}
	return text
}
