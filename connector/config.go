package connector

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"sort"
	"strconv"
	"strings"
	"time"

	"intercom-connector/intercom"
)

// The keys of a connection's configuration. Every value is a string.
const (
	keyToken        = "access_token"
	keyAppID        = "app_id"
	keyClientID     = "client_id"
	keyDatasets     = "dataset_id"
	keyAttributes   = "attribute_ids"
	keyStart        = "initial_start_time"
	keyWindow       = "window_seconds"
	keyLookback     = "lookback_days"
	keyRegion       = "region"
	keyTimezone     = "timezone"
	keyParallelJobs = "parallel_jobs"
	keyPrimaryKeys  = "primary_keys"
	keyMemberships  = "memberships"
	keyBaseURL      = "base_url"
)

const (
	defaultDataset      = "conversation"
	allDatasets         = "all"
	automatic           = "automatic"
	defaultLookbackDays = 30
	maxLookbackDays     = 365
	defaultParallelJobs = 4
	maxParallelJobs     = 5 // Intercom's limit for a whole workspace
	minWindow           = time.Minute
	maxWindow           = 31 * 24 * time.Hour
)

// Memberships says which segment and tag tables a connection has.
type Memberships string

const (
	MembershipsNone    Memberships = "none"
	MembershipsCurrent Memberships = "current"
	MembershipsDaily   Memberships = "daily"
)

// Config is a connection's configuration, checked and typed once, at the door.
type Config struct {
	Token    string
	AppID    string
	ClientID string

	// Datasets are the ids asked for, without doubles; nil means all.
	Datasets []string
	// Attributes are those asked for, by dataset; no entry means all. An
	// attribute is named by its id, its qualified id or its column.
	Attributes map[string][]string

	// Start says where a first sync begins.
	Start Start
	// Window is the length of a backfill's windows; zero means automatic.
	Window time.Duration
	// LookbackDays is how far back rows are read again once a day; zero means
	// that nothing is read twice.
	LookbackDays int

	Region   intercom.Region // "" means the workspace's
	Timezone *time.Location  // nil means the workspace's

	ParallelJobs int
	// PrimaryKeys replace the catalogue's, by dataset: attribute ids, qualified
	// ids or columns.
	PrimaryKeys map[string][]string
	Memberships Memberships
	BaseURL     string

	// Unknown are the keys that nobody here knows, sorted.
	Unknown []string
}

// Start is the moment at which a first sync begins: an instant, a day of the
// workspace's calendar, or, when nothing was given, a day ago.
type Start struct {
	instant time.Time
	day     string // YYYY-MM-DD, midnight in the workspace's zone
}

// Given says whether the configuration names a start.
func (s Start) Given() bool { return s.day != "" || !s.instant.IsZero() }

// In is the instant that the start means, to the second, for a workspace in
// that zone at that moment.
func (s Start) In(zone *time.Location, now time.Time) time.Time {
	switch {
	case s.day != "":
		day, _ := time.ParseInLocation(time.DateOnly, s.day, zone)
		return day
	case !s.instant.IsZero():
		return s.instant
	default:
		return now.Add(-24 * time.Hour).Truncate(time.Second)
	}
}

// ConfigError is a value that cannot be used. It names the key and says what
// the value should look like; it never quotes a secret.
type ConfigError struct {
	Key  string
	Want string
}

func (e *ConfigError) Error() string { return e.Key + ": " + e.Want }

// ParseConfig checks a configuration as Fivetran sends it. All that is wrong
// with it is in the error, joined, each a *ConfigError. A key that is absent,
// or holds only white space, has its default.
func ParseConfig(values map[string]string) (Config, error) {
	p := parser{values: values}
	config := Config{
		Token:        p.token(),
		AppID:        p.text(keyAppID),
		ClientID:     p.text(keyClientID),
		Datasets:     p.datasets(),
		Start:        p.start(),
		Window:       p.window(),
		LookbackDays: p.number(keyLookback, defaultLookbackDays, 0, maxLookbackDays, "days"),
		Region:       p.region(),
		Timezone:     p.timezone(),
		ParallelJobs: p.number(keyParallelJobs, defaultParallelJobs, 1, maxParallelJobs, "jobs"),
		PrimaryKeys:  p.primaryKeys(),
		Memberships:  p.memberships(),
		BaseURL:      p.baseURL(),
		Unknown:      p.unknown(),
	}
	config.Attributes = p.attributes(config.Datasets)
	p.strangers(keyPrimaryKeys, config.PrimaryKeys, config.Datasets)
	return config, errors.Join(p.errs...)
}

// parser collects what is wrong instead of stopping at the first.
type parser struct {
	values map[string]string
	errs   []error
}

func (p *parser) refuse(key, format string, args ...any) {
	p.errs = append(p.errs, &ConfigError{Key: key, Want: fmt.Sprintf(format, args...)})
}

func (p *parser) text(key string) string { return strings.TrimSpace(p.values[key]) }

func (p *parser) token() string {
	token := p.text(keyToken)
	switch {
	case token == "":
		p.refuse(keyToken, "is required: an access token of your Intercom app (Settings > Integrations > Developer Hub > your app > Authentication)")
	case strings.ContainsFunc(token, func(r rune) bool { return r <= ' ' || r >= 0x7f }):
		p.refuse(keyToken, "holds a space, a line break or a character that no token has: copy it once more")
	}
	return token
}

func (p *parser) datasets() []string {
	text := p.text(keyDatasets)
	if text == "" {
		return []string{defaultDataset}
	}
	var ids []string
	seen := map[string]bool{}
	for id := range strings.SplitSeq(text, ",") {
		id = strings.TrimSpace(id)
		switch {
		case id == "":
			p.refuse(keyDatasets, "has an empty name in %q: one dataset id, several separated by commas, or \"all\"", text)
			return nil
		case id == allDatasets && text != allDatasets:
			p.refuse(keyDatasets, "is \"all\" or a list, not both: %q", text)
			return nil
		case id == allDatasets:
			return nil
		case !seen[id]:
			seen[id] = true
			ids = append(ids, id)
		}
	}
	return ids
}

func (p *parser) start() Start {
	text := p.text(keyStart)
	if text == "" {
		return Start{}
	}
	start, err := parseStart(text)
	if err != nil {
		p.refuse(keyStart, "%v", err)
	}
	return start
}

// Times outside these years are slips of the hand (milliseconds, a missing
// digit): Intercom was founded in 2011.
const firstYear, lastYear = 2011, 2100

func parseStart(text string) (Start, error) {
	wrong := fmt.Errorf("is %q: write epoch seconds (1767225600), a time (2026-01-01T00:00:00Z) or a date (2026-01-01)", text)
	var start Start
	var year int
	if day, err := time.Parse(time.DateOnly, text); err == nil {
		start, year = Start{day: text}, day.Year()
	} else if instant, err := time.Parse(time.RFC3339, text); err == nil {
		instant = instant.UTC().Truncate(time.Second)
		start, year = Start{instant: instant}, instant.Year()
	} else if seconds, err := strconv.ParseInt(text, 10, 64); err == nil {
		instant := time.Unix(seconds, 0).UTC()
		start, year = Start{instant: instant}, instant.Year()
	} else {
		return Start{}, wrong
	}
	if year < firstYear || year > lastYear {
		return Start{}, fmt.Errorf("%w, between %d and %d", wrong, firstYear, lastYear)
	}
	return start, nil
}

func (p *parser) window() time.Duration {
	if text := p.text(keyWindow); text == "" || text == automatic {
		return 0
	}
	seconds := p.number(keyWindow, 0, int(minWindow.Seconds()), int(maxWindow.Seconds()), "seconds, or empty for automatic windows")
	return time.Duration(seconds) * time.Second
}

func (p *parser) number(key string, absent, low, high int, unit string) int {
	text := p.text(key)
	if text == "" {
		return absent
	}
	number, err := strconv.Atoi(text)
	if err != nil || number < low || number > high {
		p.refuse(key, "is %q: a whole number of %s, from %d to %d", text, unit, low, high)
		return absent
	}
	return number
}

func (p *parser) region() intercom.Region {
	text := p.text(keyRegion)
	if text == "" || strings.EqualFold(text, automatic) {
		return ""
	}
	region, err := intercom.ParseRegion(text)
	if err != nil {
		p.refuse(keyRegion, "is %q: US, EU or AU, or empty to ask Intercom", text)
	}
	return region
}

func (p *parser) timezone() *time.Location {
	text := p.text(keyTimezone)
	if text == "" || strings.EqualFold(text, automatic) {
		return nil
	}
	zone, err := time.LoadLocation(text)
	if err != nil || text == "Local" {
		p.refuse(keyTimezone, "is %q: an IANA name such as Europe/Dublin or America/New_York, or empty for the workspace's", text)
		return nil
	}
	return zone
}

func (p *parser) memberships() Memberships {
	switch choice := Memberships(strings.ToLower(p.text(keyMemberships))); choice {
	case "":
		return MembershipsNone
	case MembershipsNone, MembershipsCurrent, MembershipsDaily:
		return choice
	default:
		p.refuse(keyMemberships, "is %q: none, current or daily", choice)
		return MembershipsNone
	}
}

// baseURL lets the token travel over https, or to this machine only.
func (p *parser) baseURL() string {
	text := p.text(keyBaseURL)
	if text == "" {
		return ""
	}
	base, err := url.Parse(text)
	switch {
	case err != nil || base.Host == "" || base.User != nil || base.RawQuery != "" || base.Fragment != "":
		p.refuse(keyBaseURL, "is not an address such as https://api.intercom.io")
	case base.Scheme == "http" && !loopback(base.Hostname()):
		p.refuse(keyBaseURL, "is http to %s: the token would travel in the clear; use https (http is for 127.0.0.1 and localhost only)", base.Hostname())
	case base.Scheme != "https" && base.Scheme != "http":
		p.refuse(keyBaseURL, "begins with %s: https, or http to this machine", base.Scheme)
	}
	return strings.TrimRight(text, "/")
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

func (p *parser) unknown() []string {
	known := map[string]bool{}
	for _, field := range formFields() {
		known[field.Name] = true
	}
	var unknown []string
	for key := range p.values {
		if !known[key] {
			unknown = append(unknown, key)
		}
	}
	sort.Strings(unknown)
	return unknown
}
