// Package workspace is what a test says of the workspace it wants: its options,
// and datasets of its own with their rows and what happens to these later.
package workspace

import (
	"fmt"
	"slices"
	"time"
	_ "time/tzdata" // zones must load on machines that have none installed

	"intercom-connector/sandbox/api"
	"intercom-connector/sandbox/calendar"
	"intercom-connector/sandbox/dialect"
	"intercom-connector/sandbox/faults"
)

// Options describe a workspace. The zero value is a pleasant one.
type Options struct {
	// Seed decides all data: two sandboxes with one seed, one epoch and one
	// clock give the same bytes.
	Seed uint64
	// Now is the workspace's clock; nil means time.Now. It must be safe for
	// concurrent use.
	Now func() time.Time
	// Epoch is when the workspace was founded: nothing is older. Zero means
	// 90 days before the start of today in UTC.
	Epoch time.Time
	// RowsPerDay is the mean number of conversations a day; 0 means 200.
	// The other built-in datasets follow in proportion.
	RowsPerDay int

	// Datasets, when given, replace the built-in thirteen.
	Datasets []Dataset
	// EmptyCopilot serves copilot_prompt_response_pair without attributes and
	// without a time attribute, as little is known about it.
	EmptyCopilot bool
	// Hidden takes attributes away: those for which it returns true do not
	// exist at that moment, neither in get_datasets nor for enqueue. The
	// attribute is given by its qualified id (its bare id where it has none).
	Hidden func(dataset, attribute string, now time.Time) bool

	// Dialect names what this workspace does otherwise than others: names of
	// package dialect, and all-mixed=SEED for a mixture that SEED decides.
	Dialect []string
	spoken  dialect.Set

	Token    string // the accepted access token; "" means "sandbox-token"
	AppID    string // the workspace id; "" means "sandbox"
	AppName  string // "" means "Sandbox"
	Region   string // "US" (default), "EU" or "AU"
	Timezone string // IANA name; "" means America/New_York
	Language string // of enum labels: "en" (default) or "es"

	// Scopes granted to the token; nil means all of them.
	Scopes []string
	// ScopeStatus is the status of a call without its scope: 403 (default) or 401.
	ScopeStatus int
	// NoQualifiedIDs leaves qualified_id out of get_datasets, as versions
	// before 2.16 do, and takes bare ids in requests.
	NoQualifiedIDs bool

	// JobTime says how long an export runs; nil means 5 ms.
	JobTime func(dataset string, rows int, span time.Duration) time.Duration
	// JobLag is how long after enqueueing a job's status is still 404.
	JobLag time.Duration
	// JobTTL is how long a finished job can be downloaded; 0 means two hours.
	// After it the job is unknown.
	JobTTL time.Duration
	// PendingJobs is the most jobs that may run at once; 0 means 5.
	PendingJobs int
	// ForeignJobs says how many of those slots other integrations hold now.
	ForeignJobs func(now time.Time) int
	// RowsAtEnqueue takes an export's rows as they are when it is asked for;
	// otherwise as they are when it completes.
	RowsAtEnqueue bool
	// ExclusiveEnd leaves rows at exactly end_time out of an export.
	ExclusiveEnd bool

	PendingStatus string // status of a running job; "" means "pending"
	DoneStatus    string // status of a finished job; "" means "complete"
	NoData        bool   // finished jobs without rows say "no_data"
	// NoDownloadURL leaves download_url empty in finished jobs.
	NoDownloadURL bool
	// DownloadBase, when given, is the scheme and host of every download_url,
	// as a storage provider's would be. Downloads that carry that URL's
	// signature need no token.
	DownloadBase string

	Body          BodyForm // how a download is packed
	Parts         int      // CSV files in a tar or zip; 0 means 1
	BOM           bool     // begin each CSV with a UTF-8 byte order mark
	CRLF          bool     // end rows with CR LF
	HeaderPrefix  bool     // qualified ids in the CSV header
	Timestamps    TimestampForm
	NullText      string // what stands for null: "" (default), "-" or "—"
	DecimalComma  bool   // durations with a decimal comma
	DecimalPlaces bool   // durations with a fraction even where it is zero

	// Latency is added before every answer.
	Latency time.Duration
	// RateLimit is the number of calls allowed in ten seconds; 0 means 1667.
	RateLimit int
	// ClockSkew is added to the Date and X-RateLimit-Reset headers.
	ClockSkew time.Duration
	// Faults, when given, may spoil any answer. See Fault.
	Faults func(api.Request) faults.Fault

	// Deleted is how many in a thousand of the built-in conversations are
	// deleted some day; 0 means none. Deletions are told beside these.
	Deleted   int
	Deletions []Deletion

	// Messages is how many messages are sent each day; 0 means 40, negative
	// means none. Receipts, when given, replace them.
	Messages int
	Receipts []Receipt
	// MessageLimit is how many receipts an export of message data holds at
	// most; 0 means ten million.
	MessageLimit int

	// ForeignMessages says whether another integration runs an export of message
	// data now: there is one at a time.
	ForeignMessages func(now time.Time) bool

	// HiddenAdmin takes teammates and teams away: those for whose id it returns
	// true are not there at that moment.
	HiddenAdmin func(id string, now time.Time) bool

	Contacts  int // contacts at the epoch; 0 means 2000, negative means none
	Companies int // companies at the epoch; 0 means 120, negative means none
	Segments  int // segments; 0 means 8, negative means none; a quarter are of companies
	Tags      int // tags; 0 means 12, negative means none
	// HideCompanySegments leaves the segments of companies out of GET /segments.
	HideCompanySegments bool
	// SearchLag is how long after its creation a contact is missing from search.
	SearchLag time.Duration
	// SearchPageMax, when positive, makes searches with a larger per_page time
	// out with 504.
	SearchPageMax int
	// PageShift says by how many places a listing moved since the page before:
	// positive repeats that many items of the page before, negative skips as
	// many. It is asked for every page but the first of contacts, searches and
	// company lists.
	PageShift func(api.Request) int
	// ForeignScroll, when it returns true, says that another integration's
	// scroll over companies is open now.
	ForeignScroll func(now time.Time) bool
	// ScrollLingers keeps a drained scroll in the way of the next one until it
	// has been idle for a minute; otherwise the empty page ends it.
	ScrollLingers bool
}

// BodyForm is how a download's CSV is packed.
type BodyForm string

// The body forms that callers of Intercom's API have met.
const (
	ContentEncodingGzip BodyForm = "content-encoding" // CSV, Content-Encoding: gzip when accepted
	GzipBody            BodyForm = "gzip"             // bytes of a .gz file
	TarGz               BodyForm = "tgz"              // bytes of a .tgz file
	Zip                 BodyForm = "zip"              // bytes of a .zip file
	Plain               BodyForm = "plain"            // CSV
)

// BodyForms lists every body form.
func BodyForms() []BodyForm {
	return []BodyForm{ContentEncodingGzip, GzipBody, TarGz, Zip, Plain}
}

// TimestampForm is how a built-in timestamp is written.
type TimestampForm string

// The timestamp forms that callers of Intercom's API have met.
const (
	LocalTime    TimestampForm = "local"   // 2006-01-02 15:04:05 in the workspace's zone
	EpochSeconds TimestampForm = "epoch"   // seconds since 1970
	RFC3339      TimestampForm = "rfc3339" // 2006-01-02T15:04:05-05:00
)

// The scopes that the sandbox's endpoints ask for.
const (
	ScopeReporting = "export_reporting_data"
	ScopePeople    = "Read and list users and companies"
	ScopeTags      = "Read tags"
	ScopeAdmins    = "Read admins"
	ScopeDeleted   = "Read conversations"
	ScopeMessages  = "export_content_data"
)

// allScopes lists every scope there is.
func allScopes() []string {
	return []string{ScopeReporting, ScopePeople, ScopeTags, ScopeAdmins, ScopeDeleted, ScopeMessages}
}

const (
	DefaultToken = "sandbox-token"
	Day          = 24 * time.Hour
)

// Check says what is wrong with the options, naming the field; nil if nothing.
func (o Options) Check() error {
	if _, err := dialect.Parse(o.Dialect); err != nil {
		return err
	}
	o = o.WithDefaults()
	if _, err := time.LoadLocation(o.Timezone); err != nil {
		return fmt.Errorf("sandbox: Timezone %q is not an IANA zone name such as Europe/Berlin", o.Timezone)
	}
	if !slices.Contains(BodyForms(), o.Body) {
		return fmt.Errorf("sandbox: Body %q is not one of %v", o.Body, BodyForms())
	}
	if !slices.Contains([]TimestampForm{LocalTime, EpochSeconds, RFC3339}, o.Timestamps) {
		return fmt.Errorf("sandbox: Timestamps %q is not one of local, epoch, rfc3339", o.Timestamps)
	}
	if o.Language != "en" && o.Language != "es" {
		return fmt.Errorf("sandbox: Language %q is not en or es", o.Language)
	}
	if o.RowsPerDay < 0 || o.RowsPerDay > calendar.MaxRowsPerDay {
		return fmt.Errorf("sandbox: RowsPerDay %d is not between 0 and %d", o.RowsPerDay, calendar.MaxRowsPerDay)
	}
	if o.Deleted < 0 || o.Deleted > 1000 {
		return fmt.Errorf("sandbox: Deleted %d is not between 0 and 1000", o.Deleted)
	}
	if o.Parts < 1 || o.RateLimit < 1 || o.PendingJobs < 1 {
		return fmt.Errorf("sandbox: Parts %d, RateLimit %d and PendingJobs %d must be 1 at least", o.Parts, o.RateLimit, o.PendingJobs)
	}
	for _, scope := range o.Scopes {
		if !slices.Contains(allScopes(), scope) {
			return fmt.Errorf("sandbox: scope %q is not one of %q", scope, allScopes())
		}
	}
	for _, d := range o.Datasets {
		if err := d.check(); err != nil {
			return err
		}
	}
	return nil
}

// WithDefaults fills in what is left out. Options that Check refuses make it panic.
func (o Options) WithDefaults() Options {
	orDefault(&o.Now, o.Now == nil, time.Now)
	orDefault(&o.Epoch, o.Epoch.IsZero(), o.Now().UTC().Truncate(Day).Add(-90*Day))
	orDefault(&o.RowsPerDay, o.RowsPerDay == 0, 200)
	orDefault(&o.Token, o.Token == "", DefaultToken)
	orDefault(&o.AppID, o.AppID == "", "sandbox")
	orDefault(&o.AppName, o.AppName == "", "Sandbox")
	orDefault(&o.Region, o.Region == "", "US")
	orDefault(&o.Timezone, o.Timezone == "", "America/New_York")
	orDefault(&o.Language, o.Language == "", "en")
	orDefault(&o.Scopes, o.Scopes == nil, allScopes())
	orDefault(&o.ScopeStatus, o.ScopeStatus == 0, 403)
	orDefault(&o.JobTime, o.JobTime == nil, func(string, int, time.Duration) time.Duration { return 5 * time.Millisecond })
	orDefault(&o.JobTTL, o.JobTTL == 0, 2*time.Hour)
	orDefault(&o.PendingJobs, o.PendingJobs == 0, 5)
	orDefault(&o.PendingStatus, o.PendingStatus == "", "pending")
	orDefault(&o.DoneStatus, o.DoneStatus == "", "complete")
	orDefault(&o.Body, o.Body == "", ContentEncodingGzip)
	orDefault(&o.Parts, o.Parts == 0, 1)
	orDefault(&o.Timestamps, o.Timestamps == "", LocalTime)
	orDefault(&o.RateLimit, o.RateLimit == 0, 1667)
	orDefault(&o.Messages, o.Messages == 0, 40)
	orDefault(&o.MessageLimit, o.MessageLimit == 0, 10_000_000)
	orDefault(&o.Contacts, o.Contacts == 0, 2000)
	orDefault(&o.Companies, o.Companies == 0, 120)
	orDefault(&o.Segments, o.Segments == 0, 8)
	orDefault(&o.Tags, o.Tags == 0, 12)
	for _, count := range []*int{&o.Contacts, &o.Companies, &o.Segments, &o.Tags, &o.Messages} {
		*count = max(*count, 0)
	}
	o.listen()
	return o
}

func orDefault[T any](field *T, missing bool, value T) {
	if missing {
		*field = value
	}
}
