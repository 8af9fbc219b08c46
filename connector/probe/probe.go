package probe

import (
	"context"
	"fmt"
	"slices"
	"time"

	"intercom-connector/connector/configuration"
	"intercom-connector/connector/workspace"
	"intercom-connector/intercom"
	"intercom-connector/intercom/transport"
)

// Report is what a probe found.
type Report struct {
	Connector  string `json:"connector"`
	APIVersion string `json:"api_version"`
	Region     string `json:"region"`
	// Dataset is the one whose export was tried; empty where none could be.
	Dataset  string    `json:"dataset"`
	Findings []Finding `json:"findings"`
	// Answers are the shapes of Intercom's JSON answers, without their values.
	Answers []string `json:"answers"`
}

// Finding is one thing that differs between workspaces.
type Finding struct {
	About string `json:"about"`
	Found string `json:"found"`
	// Follows is what it means for a sync; empty where it is as expected.
	Follows string  `json:"follows,omitempty"`
	Verdict Verdict `json:"verdict"`
	// Setting is the configuration's key to change, where that helps.
	Setting string `json:"setting,omitempty"`
}

// Verdict is what a sync makes of a finding.
type Verdict string

// The verdicts.
const (
	Fine    Verdict = "fine"    // rows are right
	Warned  Verdict = "warned"  // rows are right by a rule that the sync's Warning names
	Refused Verdict = "refused" // a sync fails and names it
	Unknown Verdict = "unknown" // it could not be seen
)

// Contradicts says that a sync with this configuration would fail, or miss rows.
func (r Report) Contradicts() bool {
	return slices.ContainsFunc(r.Findings, func(f Finding) bool { return f.Verdict == Refused })
}

// prober is a probe that goes on.
type prober struct {
	w      *workspace.Workspace
	report *Report
	slot   bool // of the export was had
}

func (p *prober) found(v Verdict, about, follows, format string, args ...any) {
	p.set("", v, about, follows, format, args...)
}

func (p *prober) set(key string, v Verdict, about, follows, format string, args ...any) {
	p.report.Findings = append(p.report.Findings, Finding{About: about, Found: fmt.Sprintf(format, args...), Follows: follows, Verdict: v, Setting: key})
}

// Run probes the workspace that a configuration opens. Its error says that there is
// none: a configuration that cannot be read, or a token that Intercom refuses.
func Run(ctx context.Context, values map[string]string, o workspace.Options) (Report, error) {
	settings, err := configuration.Parse(values)
	if err != nil {
		return Report{}, err
	}
	if o.Transport == nil {
		o.Transport = transport.New(15*time.Second, nil)
	}
	shapes := &shapes{next: o.Transport}
	o.Transport = shapes
	w, err := workspace.Connect(ctx, settings, o)
	if err != nil {
		return Report{}, err
	}
	defer w.Close()
	report := Report{Connector: intercom.Version, APIVersion: intercom.APIVersion, Region: string(w.Me.Region)}
	p := &prober{w: w, report: &report}
	for _, mismatch := range w.Mismatches() {
		p.found(Refused, "configuration", "", "%v", mismatch)
	}
	if err := w.ListDatasets(ctx, nil); err != nil {
		p.found(Refused, "datasets", "", "%v", err)
	} else {
		p.exports(ctx)
	}
	p.lists(ctx)
	report.Answers = shapes.lines()
	return report, ctx.Err()
}
