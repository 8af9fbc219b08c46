package configuration

import (
	"time"

	"intercom-connector/intercom"
)

// The keys of a connection's configuration. Every value is a string.
const (
	KeyToken        = "access_token"
	KeyAppID        = "app_id"
	KeyClientID     = "client_id"
	KeyDatasets     = "dataset_id"
	KeyAttributes   = "attribute_ids"
	KeyStart        = "initial_start_time"
	KeyWindow       = "window_seconds"
	KeyLookback     = "lookback_days"
	KeyRegion       = "region"
	KeyTimezone     = "timezone"
	KeyParallelJobs = "parallel_jobs"
	KeyPrimaryKeys  = "primary_keys"
	KeyMemberships  = "memberships"
	KeyEngagement   = "engagement"
	KeySend         = "send"
	KeyVanished     = "remove_vanished"
	KeyStateLimit   = "state_megabytes"
	KeyLookups      = "lookups"
	KeyBaseURL      = "base_url"
)

// Keys are all keys that a configuration may have, in the form's order.
func Keys() []string {
	return []string{
		KeyToken, KeyDatasets, KeyAttributes, KeyStart, KeyLookback, KeySend, KeyMemberships, KeyEngagement, KeyLookups, KeyRegion, KeyTimezone,
		KeyWindow, KeyParallelJobs, KeyVanished, KeyStateLimit, KeyPrimaryKeys, KeyAppID, KeyClientID, KeyBaseURL,
	}
}

// What is in force where a key is absent or empty, and the bounds of numbers.
const (
	DefaultDataset      = "conversation"
	AllDatasets         = "all"
	Automatic           = "automatic"
	DefaultLookbackDays = 30
	maxLookbackDays     = 365
	DefaultParallelJobs = 4
	MaxParallelJobs     = 5 // Intercom's limit for a whole workspace
	DefaultStateLimit   = 1
	maxStateLimit       = 4 // Fivetran advises less than 10
	minWindow           = time.Minute
	MaxWindow           = 31 * 24 * time.Hour
	maxNames            = 10_000 // of datasets, of columns
	maxName             = 500    // bytes of each
)

// Send says which of the rows that are read again are sent again.
type Send string

const (
	SendChanged Send = "changed"
	SendAll     Send = "all"
)

// Memberships says which segment and tag tables a connection has.
type Memberships string

const (
	MembershipsNone    Memberships = "none"
	MembershipsCurrent Memberships = "current"
	MembershipsChanged Memberships = "changed"
	MembershipsDaily   Memberships = "daily"
)

// Whether message receipts and events are read.
const (
	EngagementNone = "none"
	EngagementOn   = "on"
)

// Whether a connection has the tables of teammates and teams.
const (
	LookupsOn   = "on"
	LookupsNone = "none"
)

// Settings is a connection's configuration, checked and typed once, at the door.
type Settings struct {
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
	// Window is the length of a backfill's windows; zero means Automatic.
	Window time.Duration
	// LookbackDays is how far back rows are read again once a day; zero means
	// that nothing is read twice.
	LookbackDays int
	// Send says which of the rows that are read again are sent again, and
	// StateLimit how many bytes the state may take to tell them.
	Send       Send
	StateLimit int
	// RemoveVanished says that a row is deleted that an export no longer holds.
	RemoveVanished bool

	Region   intercom.Region // "" means the workspace's
	Timezone *time.Location  // nil means the workspace's

	ParallelJobs int
	// PrimaryKeys replace the catalogue's, by dataset: attribute ids, qualified
	// ids or columns.
	PrimaryKeys map[string][]string
	Memberships Memberships
	// Engagement says that message receipts and events are read.
	Engagement bool
	// Lookups says that the connection has the tables of teammates and teams.
	Lookups bool
	BaseURL string

	// Unknown are the keys that nobody here knows, sorted.
	Unknown []string
}
