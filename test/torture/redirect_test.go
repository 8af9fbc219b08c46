package torture

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"intercom-connector/sandbox"
)

// A download that is redirected to a storage's host is fetched there, without
// the token; any other host that a redirect names never sees it either.
func TestRedirects(t *testing.T) {
	var storage, bearer int
	answer := func(workspace http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			signed := r.Header.Get("Authorization") != ""
			switch host, _, _ := strings.Cut(r.Host, ":"); {
			case host == "localhost" && signed && kindOf(r.URL.Path) == download:
				http.Redirect(w, r, "http://127.0.0.2:8080/store?signature=abc", http.StatusFound)
			case host == "localhost":
				bearer++
				workspace.ServeHTTP(w, r)
			case signed:
				t.Errorf("%s got the token", r.Host)
			default:
				storage++
				_, _ = w.Write([]byte(header + oneRow))
			}
		})
	}
	inBubble(t, monday, sandbox.Options{Timezone: "UTC", Datasets: quiet(monday)[:1]}, answer, func(w *world) {
		w.set("dataset_id", "call", "window_seconds", "86400", "lookback_days", "0", "initial_start_time", monday.Add(-day).Format(time.RFC3339))
		if err := w.destination.schema(w.connector, w.configuration); err != nil {
			w.t.Fatal(err)
		}
		if err := w.sync(); err != nil || len(w.destination.tables["call"]) != 1 || storage != 1 || bearer == 0 {
			w.t.Errorf("%d rows, %d calls of the storage, %d of the workspace, %v", len(w.destination.tables["call"]), storage, bearer, err)
		}
		for _, wrong := range append(w.secrets(), leakedQuery(w.log.String())...) {
			w.t.Error(wrong)
		}
	})
}

// leakedQuery finds the signature that a storage's URL carries.
func leakedQuery(log string) []string {
	if strings.Contains(log, "signature=") {
		return []string{"a URL's query is in the log"}
	}
	return nil
}
