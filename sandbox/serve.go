package sandbox

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Request tells one call from another. Options get it to choose by.
type Request struct {
	Index   int    // of all calls, from 0
	Nth     int    // of the calls of this pattern, from 0
	Method  string // GET
	Path    string // /contacts/abc/tags
	Pattern string // GET /contacts/{id}/tags; "" for a path that does not exist
}

// handler answers one call; the error, if any, is a *failure.
type handler func(w http.ResponseWriter, r *http.Request, q Request) error

// endpoint is one thing that can be asked for, and the scope it takes.
type endpoint struct {
	pattern, scope string
	answer         handler
}

func (s *Sandbox) endpoints() []endpoint {
	return []endpoint{
		{"GET /me", "", s.me},
		{"GET /export/reporting_data/get_datasets", ScopeReporting, s.getDatasets},
		{"POST /export/reporting_data/enqueue", ScopeReporting, s.enqueue},
		{"GET /export/reporting_data/{job_identifier}", ScopeReporting, s.jobStatus},
		{"GET /download/reporting_data/{job_identifier}", ScopeReporting, s.download},
		{"GET /segments", ScopePeople, s.listSegments},
		{"GET /segments/{id}", ScopePeople, s.getSegment},
		{"GET /tags", ScopeTags, s.listTags},
		{"GET /tags/{id}", ScopeTags, s.getTag},
		{"GET /contacts", ScopePeople, s.listContacts},
		{"POST /contacts/search", ScopePeople, s.searchContacts},
		{"GET /contacts/{id}", ScopePeople, s.getContact},
		{"GET /contacts/{id}/tags", ScopePeople, s.contactTags},
		{"GET /contacts/{id}/segments", ScopePeople, s.contactSegments},
		{"GET /companies", ScopePeople, s.filterCompanies},
		{"POST /companies/list", ScopePeople, s.listCompanies},
		{"GET /companies/scroll", ScopePeople, s.scrollCompanies},
		{"GET /companies/{id}", ScopePeople, s.getCompany},
	}
}

func (s *Sandbox) route() *http.ServeMux {
	mux := http.NewServeMux()
	for _, e := range s.endpoints() {
		mux.Handle(e.pattern, s.guard(e.scope, e.answer))
	}
	mux.Handle("/", s.guard("", func(_ http.ResponseWriter, r *http.Request, _ Request) error {
		return notFound("The requested resource %s was not found", r.URL.Path)
	}))
	return mux
}

// ServeHTTP answers as Intercom does.
func (s *Sandbox) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	_, pattern := s.routes.Handler(r)
	if pattern == "/" {
		pattern = ""
	}
	q := s.admit(r, pattern)
	if !s.wait(r, s.options.Latency) {
		return
	}
	fault := Fault(r.Header.Get(FaultHeader))
	if fault == "" && s.options.Faults != nil {
		fault = s.options.Faults(q)
	}
	now := s.now()
	w.Header().Set("Date", now.Add(s.options.ClockSkew).UTC().Format(http.TimeFormat))
	w.Header().Set("X-Request-Id", s.requestID(q))
	counted := &countingWriter{ResponseWriter: w}
	defer func() { s.sent(counted.bytes) }()
	r = r.WithContext(withRequest(r.Context(), q))
	if fault == "" {
		s.routes.ServeHTTP(counted, r)
		return
	}
	s.inject(fault, counted, r, q)
}

// guard wraps a handler in what every call goes through: the token, the
// rate limit, the version, the scope.
func (s *Sandbox) guard(scope string, answer handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		q := requestOf(r.Context())
		err := s.authenticate(r)
		if err == nil {
			err = s.pace(w.Header())
		}
		if err == nil {
			err = s.checkVersion(r, scope)
		}
		if err == nil {
			err = s.checkScope(scope)
		}
		if err == nil {
			err = answer(w, r, q)
		}
		if err == nil {
			return
		}
		var f *failure
		if !errors.As(err, &f) {
			panic(err) // so that net/http breaks the connection off
		}
		f.write(w, s.requestID(q))
	})
}

func (s *Sandbox) authenticate(r *http.Request) error {
	s.mu.Lock()
	revoked := s.revoked
	s.mu.Unlock()
	token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	switch {
	case s.signed(r):
		return nil
	case !ok || token != s.options.Token:
		return unauthorized("unauthorized", "Access Token Invalid")
	case revoked:
		return unauthorized("token_revoked", "Access Token Revoked")
	}
	return nil
}

func (s *Sandbox) checkScope(scope string) error {
	s.mu.Lock()
	missing := s.missing[scope]
	s.mu.Unlock()
	if scope == "" || (slices.Contains(s.options.Scopes, scope) && !missing) {
		return nil
	}
	return &failure{
		status:  s.options.ScopeStatus,
		code:    "forbidden",
		message: fmt.Sprintf("You do not have the required scope (%s) to access this resource", scope),
	}
}

// firstReporting is the first minor version of 2 that has the reporting
// export; firstQualified the first that gives qualified ids and exports
// conversations without a user's reply.
const (
	firstReporting = 14
	firstQualified = 16
	lastMinor      = 17
)

// minorVersion is the version's number after "2."; previews count as the
// newest, versions 1.x as -1.
func (s *Sandbox) minorVersion(r *http.Request) (int, error) {
	version := r.Header.Get("Intercom-Version")
	if version == "" {
		version = s.options.DefaultVersion
	}
	if version == "Preview" || version == "Unstable" {
		return lastMinor, nil
	}
	major, minor, _ := strings.Cut(version, ".")
	n, err := strconv.Atoi(minor)
	switch {
	case err == nil && major == "2" && n >= 0 && n <= lastMinor:
		return n, nil
	case err == nil && major == "1" && n >= 0 && n <= 4:
		return -1, nil
	}
	return 0, badVersion(version)
}

func (s *Sandbox) checkVersion(r *http.Request, scope string) error {
	minor, err := s.minorVersion(r)
	if err == nil && scope == ScopeReporting && minor < firstReporting {
		return badVersion(r.Header.Get("Intercom-Version"))
	}
	return err
}

func badVersion(version string) error {
	return &failure{
		status:  http.StatusBadRequest,
		code:    "intercom_version_invalid",
		message: fmt.Sprintf("The requested version %q is not valid for this endpoint", version),
	}
}

func (s *Sandbox) now() time.Time { return s.options.Now() }

// wait lets time pass, and says whether there is still somebody to answer.
func (s *Sandbox) wait(r *http.Request, d time.Duration) bool {
	if d <= 0 {
		return true
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-r.Context().Done():
		return false
	case <-s.closed.Done():
		return false
	}
}

// requestID is a UUID in form, and the call's number in fact.
func (s *Sandbox) requestID(q Request) string {
	draw := random(s.options.Seed).at(uint64(q.Index), 0x1d)
	n := draw.next()
	return fmt.Sprintf("%08x-%04x-4%03x-8%03x-%012x", uint32(n), uint16(n>>32), n>>48&0xfff, q.Index&0xfff, draw.next()>>16)
}

func (s *Sandbox) me(w http.ResponseWriter, _ *http.Request, _ Request) error {
	o := s.options
	writeJSON(w, http.StatusOK, map[string]any{
		"type": "admin", "id": "6814000", "email": "owner@example.com", "name": "Hazel Brook",
		"job_title": "Owner", "away_mode_enabled": false, "has_inbox_seat": true, "email_verified": true,
		"app": map[string]any{
			"type": "app", "id_code": o.AppID, "name": o.AppName, "created_at": s.epoch, "secure": false,
			"identity_verification": false, "timezone": o.Timezone, "region": o.Region,
		},
	})
	return nil
}
