package workspace

import (
	"intercom-connector/sandbox/dialect"
)

// Speaks says whether the workspace speaks a dialect. Options must have gone
// through WithDefaults.
func (o *Options) Speaks(name string) bool { return o.spoken.Speaks(name) }

// Answer is the dialect that the workspace gives as its answer to a choice, ""
// for the plain one.
func (o *Options) Answer(choice string) string { return o.spoken.Choice(choice) }

// Spoken lists what the workspace speaks, mixtures drawn.
func (o *Options) Spoken() []string { return o.spoken.Names() }

// listen reads the dialects and does what those ask for that other options
// can tell as well. It panics on names that Check refuses.
func (o *Options) listen() {
	spoken, err := dialect.Parse(o.Dialect)
	if err != nil {
		panic(err)
	}
	o.spoken = spoken
	switch finished := o.Answer("status-finished"); finished {
	case "status-done", "status-completed", "status-success":
		o.DoneStatus = finished[len("status-"):]
	}
	switch o.Answer("packed") {
	case "packed-plain", "packed-mislabelled", "packed-short":
		o.Body = Plain
	case "packed-twice":
		o.Body = ContentEncodingGzip
	case "packed-gzip", "packed-members", "packed-padded", "packed-trailing", "packed-cut":
		o.Body = GzipBody
	case "packed-tgz", "packed-tgz-reversed":
		o.Body, o.Parts = TarGz, 2
	case "packed-zip":
		o.Body, o.Parts = Zip, 2
	}
	if o.Speaks("status-in-progress") {
		o.PendingStatus = "in_progress"
	}
	if o.Speaks("scope-401") {
		o.ScopeStatus = 401
	}
	o.NoData = o.NoData || o.Speaks("status-no-data")
	o.NoDownloadURL = o.NoDownloadURL || o.Speaks("url-empty")
	o.BOM = o.BOM || o.Speaks("byte-order-mark")
	o.CRLF = o.CRLF || o.Speaks("crlf")
	o.HeaderPrefix = o.HeaderPrefix || o.Speaks("header-qualified")
	o.NoQualifiedIDs = o.NoQualifiedIDs || o.Speaks("qualified-ids-absent")
}
