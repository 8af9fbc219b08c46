package doctor

import "time"

// Examination says whether a workspace will work with a configuration, and what
// to do where it will not. It holds no secret.
type Examination struct {
	// Problems are what must be fixed first, each a sentence.
	Problems []string `json:"problems"`
	// Misconfigured tells that one of them lies in the configuration: trying again does
	// not help.
	Misconfigured bool `json:"misconfigured"`
	// Warnings are what a sync does without, such as a key that nobody knows.
	Warnings  []string   `json:"warnings"`
	Workspace Identity   `json:"workspace"`
	RateLimit Budget     `json:"rate_limit"`
	Scopes    []Scope    `json:"scopes"`
	Exports   Exports    `json:"exports"`
	Datasets  []Examined `json:"datasets"`
	// People are the tables of segments and tags, where they are wanted.
	People    []Counted `json:"people,omitempty"`
	FirstSync Estimate  `json:"first_sync"`
}

// Identity is whose token it is.
type Identity struct {
	ID         string `json:"id"`
	Name       string `json:"name"`
	Region     string `json:"region"`
	Timezone   string `json:"timezone"`
	APIVersion string `json:"api_version"`
}

// Budget is what is left of the rate limit in the present ten seconds.
type Budget struct {
	Remaining int `json:"remaining"`
	Limit     int `json:"limit"`
}

// Scope is a permission of the token, and where to switch it on.
type Scope struct {
	Name    string `json:"name"`
	Needed  bool   `json:"needed"` // by the configuration
	Granted bool   `json:"granted"`
}

// Exports is what two small export jobs tell.
type Exports struct {
	// SlotFree says that one of the workspace's five export slots was free.
	SlotFree   bool    `json:"slot_free"`
	JobSeconds float64 `json:"job_seconds"`
	// RetentionYears is how long Intercom keeps reporting data: 2 or 3; 0 when
	// it could not be asked.
	RetentionYears int `json:"retention_years"`
}

// Examined is a dataset and what it becomes.
type Examined struct {
	ID         string   `json:"id"`
	Attributes int      `json:"attributes"`
	Key        []string `json:"key,omitempty"`
	// Skipped says why the dataset cannot be a table.
	Skipped string `json:"skipped,omitempty"`
	// Bill is what it comes to in a month; nil where it was not counted.
	Bill *Bill `json:"bill,omitempty"`
}

// Estimate is what the first sync will take, if every job takes as long as the
// one that was tried.
type Estimate struct {
	Start   time.Time `json:"start"`
	Jobs    int       `json:"jobs"`
	Minutes float64   `json:"minutes"`
}
