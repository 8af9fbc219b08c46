package sandbox

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"intercom-connector/sandbox/api"
	"intercom-connector/sandbox/faults"
	"intercom-connector/sandbox/random"
	"intercom-connector/sandbox/workspace"
)

func (s *Sandbox) endpoints() []api.Endpoint {
	me := []api.Endpoint{{Pattern: "GET /me", Answer: s.me}}
	return slices.Concat(me, s.reporting.Endpoints(), s.people.Endpoints(), s.messages.Endpoints(), s.mates.Endpoints())
}

func (s *Sandbox) route() *http.ServeMux {
	mux := http.NewServeMux()
	for _, e := range s.endpoints() {
		mux.Handle(e.Pattern, s.guard(e.Scope, e.Answer))
	}
	mux.Handle("/", s.guard("", func(_ http.ResponseWriter, r *http.Request, _ api.Request) error {
		return api.NotFound("The requested resource %s was not found", r.URL.Path)
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
	q.Version, _ = s.minorVersion(r) // guard refuses what is none
	if !s.wait(r, s.options.Latency) {
		return
	}
	fault := faults.Fault(r.Header.Get(faults.FaultHeader))
	if fault == "" && s.options.Faults != nil {
		fault = s.options.Faults(q)
	}
	now := s.now()
	w.Header().Set("Date", now.Add(s.options.ClockSkew).UTC().Format(http.TimeFormat))
	w.Header().Set("X-Request-ID", s.requestID(q))
	counted := &countingWriter{ResponseWriter: w}
	defer func() { s.sent(counted.bytes) }()
	r = r.WithContext(api.WithRequest(r.Context(), q))
	if fault == "" {
		s.routes.ServeHTTP(counted, r)
		return
	}
	s.inject(fault, counted, r, q)
}

// guard wraps a handler in what every call goes through: the token, the
// rate limit, the version, the scope.
func (s *Sandbox) guard(scope string, answer api.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		q := api.RequestOf(r.Context())
		err := s.elsewhere()
		if err == nil {
			err = s.authenticate(r)
		}
		if err == nil {
			err = s.pace(w.Header())
		}
		if err == nil {
			err = s.checkVersion(r, scope)
		}
		if err == nil {
			err = s.checkScope(scope, q)
		}
		if err == nil {
			err = answer(w, r, q)
		}
		if err == nil {
			return
		}
		var f *api.Failure
		if !errors.As(err, &f) {
			panic(err) // so that net/http breaks the connection off
		}
		f.Write(w, s.requestID(q))
	})
}

func (s *Sandbox) authenticate(r *http.Request) error {
	s.mu.Lock()
	revoked := s.revoked
	s.mu.Unlock()
	token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	switch {
	case s.reporting.Signed(r):
		return nil
	case !ok || token != s.options.Token:
		return api.Unauthorized("unauthorized", "Access Token Invalid")
	case revoked:
		return api.Unauthorized("token_revoked", "Access Token Revoked")
	}
	return nil
}

func (s *Sandbox) checkScope(scope string, q Request) error {
	s.mu.Lock()
	missing := s.missing[scope]
	s.mu.Unlock()
	if scope == "" || (slices.Contains(s.options.Scopes, scope) && !missing && !s.withheld(q)) {
		return nil
	}
	return &api.Failure{
		Status:  s.options.ScopeStatus,
		Code:    "forbidden",
		Message: fmt.Sprintf("You do not have the required scope (%s) to access this resource", scope),
	}
}

// firstReporting is the first minor version of 2 that has the reporting
// export, lastMinor the newest.
const (
	firstReporting = 14
	lastMinor      = 17
)

// defaultVersion is that of calls without an Intercom-Version header.
const defaultVersion = "2.16"

// minorVersion is the version's number after "2."; previews count as the
// newest, versions 1.x as -1.
func (s *Sandbox) minorVersion(r *http.Request) (int, error) {
	version := cmp.Or(r.Header.Get("Intercom-Version"), defaultVersion)
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
	return 0, api.BadVersion(version)
}

func (s *Sandbox) checkVersion(r *http.Request, scope string) error {
	if s.options.Speaks("version-needed") && r.Header.Get("Intercom-Version") == "" {
		return api.BadVersion("")
	}
	minor, err := s.minorVersion(r)
	if err == nil && scope == workspace.ScopeReporting && minor < firstReporting {
		return api.BadVersion(r.Header.Get("Intercom-Version"))
	}
	return err
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
	case <-s.closed:
		return false
	}
}

// requestID is a UUID in form, and the call's number in fact.
func (s *Sandbox) requestID(q api.Request) string {
	draw := random.Source(s.options.Seed).At(uint64(q.Index), 0x1d)
	n := draw.Next()
	return fmt.Sprintf("%08x-%04x-4%03x-8%03x-%012x", uint32(n), uint16(n>>32), n>>48&0xfff, q.Index&0xfff, draw.Next()>>16)
}

func (s *Sandbox) me(w http.ResponseWriter, _ *http.Request, _ api.Request) error {
	o := s.options
	api.WriteJSON(w, http.StatusOK, map[string]any{
		"type": "admin", "id": "6814000", "email": "owner@example.com", "name": "Hazel Brook",
		"job_title": "Owner", "away_mode_enabled": false, "has_inbox_seat": true, "email_verified": true,
		"app": map[string]any{
			"type": "app", "id_code": o.AppID, "name": o.AppName, "created_at": o.Epoch.Unix(), "secure": false,
			"identity_verification": false, "timezone": o.Timezone, "region": o.Region,
		},
	})
	return nil
}
