package reporting

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"intercom-connector/sandbox/api"
	"intercom-connector/sandbox/workspace"
)

// Deletions are the conversations that are deleted by a moment, in the order
// of their deletion.
func (s *API) Deletions(at time.Time) []workspace.Deletion {
	all := s.generator.Deletions(at)
	for _, d := range s.options.Deletions {
		if !d.At.After(at) {
			all = append(all, d)
		}
	}
	slices.SortFunc(all, func(a, b workspace.Deletion) int {
		return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.ConversationID, b.ConversationID))
	})
	return all
}

// listDeleted lists deleted conversations, the last one first.
func (s *API) listDeleted(w http.ResponseWriter, r *http.Request, q api.Request) error {
	if q.Version < firstQualified {
		return api.BadVersion(r.Header.Get("Intercom-Version"))
	}
	query := r.URL.Query()
	size, err := api.WholeNumber(query, "per_page", 20, 60)
	if err != nil {
		return err
	}
	number, err := api.WholeNumber(query, "page", 1, 1<<20)
	if err != nil {
		return err
	}
	order := cmp.Or(query.Get("order"), "desc")
	if order != "desc" && order != "asc" {
		return api.Invalid("order", "order must be asc or desc")
	}
	all := s.Deletions(s.now())
	if order == "desc" {
		slices.Reverse(all)
	}
	from, to := min((number-1)*size, len(all)), min(number*size, len(all))
	list := []any{}
	for _, d := range all[from:to] {
		list = append(list, map[string]any{
			"type": "conversation", "id": d.ConversationID, "metrics_retained": d.MetricsRetained, "deleted_at": d.At.Unix(),
		})
	}
	pages := map[string]any{"type": "pages", "page": number, "per_page": size, "total_pages": (len(all) + size - 1) / size, "next": nil}
	if to < len(all) {
		next := url.Values{"per_page": {strconv.Itoa(size)}, "order": {order}, "page": {strconv.Itoa(number + 1)}}
		pages["next"] = "http://" + r.Host + r.URL.Path + "?" + next.Encode()
	}
	api.WriteJSON(w, http.StatusOK, map[string]any{
		"type": "conversations.list", "conversations": list, "total_count": len(all), "pages": pages,
	})
	return nil
}
