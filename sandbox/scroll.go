package sandbox

import (
	"net/http"
	"time"
)

// scroll is a walk over all companies. A workspace has room for one.
type scroll struct {
	param string    // "" when none is open
	used  time.Time // when a page was read last
	day   int64     // the workspace's state that it walks over
	next  int64     // number of the next company
}

const scrollIdle = time.Minute

var (
	errScrollExists error = &failure{status: http.StatusBadRequest, code: "scroll_exists", message: "scroll already exists for this workspace"}
	errScrollLost         = notFound("scroll parameter not found")
	errScrollBroken error = &failure{
		status: http.StatusInternalServerError, code: "internal_error",
		message: "Request failed due to an internal network error. Please restart the scroll operation.",
	}
)
