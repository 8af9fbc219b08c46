package connector

import (
	"context"
	"errors"
	"slices"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"intercom-connector/connector/configuration"
	"intercom-connector/connector/workspace"
	"intercom-connector/intercom"
	"intercom-connector/intercom/people"
	sdk "intercom-connector/proto"
)

// check is one setup test. Its error is what the person reads.
type check struct {
	name, label string
	run         func(*Connector, context.Context, map[string]string) error
}

// checks run in this order when a connection is saved.
var checks = []check{
	{"token", "Access token and workspace", checkToken},
	{"reporting", "Permission to export reporting data", checkReporting},
	{"datasets", "Datasets and attributes", checkDatasets},
	{"memberships", "Permissions for segments and tags", checkMemberships},
	{"engagement", "Permission to export message data", checkEngagement},
}

// testPatience is how long a setup test tries again when Intercom does not
// answer.
const testPatience = 15 * time.Second

// Test runs one of the form's tests. What is wrong is in the answer, as a
// sentence that says what to do; only an unknown name is an error of the call.
func (c *Connector) Test(ctx context.Context, request *sdk.TestRequest) (*sdk.TestResponse, error) {
	c = c.during(request)
	hasty := *c // a person waits for the answer
	hasty.options.Timeouts.Retry = testPatience
	for _, check := range checks {
		if check.name != request.GetName() {
			continue
		}
		if err := check.run(&hasty, ctx, request.GetConfiguration()); err != nil {
			c.log.Info("setup test failed", // the person reads it in the answer
				"test", check.name, "reason", workspace.Sentence(err))
			return &sdk.TestResponse{Response: &sdk.TestResponse_Failure{Failure: workspace.Sentence(err)}}, nil
		}
		return &sdk.TestResponse{Response: &sdk.TestResponse_Success{Success: true}}, nil
	}
	return nil, status.Errorf(codes.InvalidArgument, "there is no setup test %q", request.GetName())
}

func checkToken(c *Connector, ctx context.Context, values map[string]string) error {
	w, err := c.connect(ctx, values)
	if err != nil {
		return err
	}
	defer w.Close()
	return errors.Join(w.Mismatches()...)
}

func checkReporting(c *Connector, ctx context.Context, values map[string]string) error {
	w, err := c.connect(ctx, values)
	if err != nil {
		return err
	}
	defer w.Close()
	_, err = w.Client.Datasets(ctx)
	return err
}

// checkDatasets plans the tables, and tries an export of each.
func checkDatasets(c *Connector, ctx context.Context, values map[string]string) error {
	w, err := c.open(ctx, values, nil)
	if err != nil {
		return err
	}
	defer w.Close()
	t, err := w.Tables(nil, false)
	switch {
	case err != nil:
		return err
	case len(t.Refused) > 0:
		return errors.Join(t.Refused...)
	case len(t.Tables) == 0:
		return errors.Join(append(t.Skipped, errors.New("no dataset is left to sync"))...)
	}
	forbidden, err := w.TryExports(ctx, t.Tables)
	if err != nil || w.Settings.Datasets != nil || len(forbidden) == len(t.Tables) {
		return errors.Join(append(forbidden, err)...)
	}
	for _, err := range forbidden { // a sync goes on without it, too
		c.log.Warn("setup test: a dataset is forbidden, and is left out", "test", "datasets", "reason", workspace.Sentence(err))
	}
	return nil
}

// checkMemberships tries the lists that the segment and tag tables need.
func checkMemberships(c *Connector, ctx context.Context, values map[string]string) error {
	w, err := c.connect(ctx, values)
	if err != nil {
		return err
	}
	defer w.Close()
	if w.Settings.Memberships == configuration.MembershipsNone {
		return nil
	}
	segments, _, err := people.Segments(ctx, w.Client)
	if err != nil {
		return err
	}
	if _, _, err := people.Tags(ctx, w.Client); err != nil {
		return err
	}
	if _, err := people.ContactsPage(ctx, w.Client, 1, ""); err != nil {
		return err
	}
	if i := slices.IndexFunc(segments, func(s people.Segment) bool { return s.PersonType != people.OfCompanies }); i >= 0 {
		_, err = people.SearchPage(ctx, w.Client, "segment_id", segments[i].ID, 1, "")
	}
	if !permits(err) {
		return err
	}
	// The scroll over the companies is not tried: it would stand in a sync's way.
	if _, err = people.ListCompanies(ctx, w.Client, 0, 1, false); !permits(err) {
		return err
	}
	return nil
}

// permits says that an error is none of a permission.
func permits(err error) bool {
	api, ok := errors.AsType[*intercom.Error](err)
	return !ok || !api.Forbidden() && !api.Unauthorized()
}

// checkEngagement starts an export of a minute's messages, where they are wanted.
func checkEngagement(c *Connector, ctx context.Context, values map[string]string) error {
	w, err := c.connect(ctx, values)
	if err != nil {
		return err
	}
	defer w.Close()
	if !w.Settings.Engagement {
		return nil
	}
	return w.TryMessages(ctx)
}
