package connector

import (
	"context"
	"errors"
	"fmt"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

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
}

// testPatience is how long a setup test tries again when Intercom does not
// answer.
const testPatience = 15 * time.Second

// Test runs one of the form's tests. What is wrong is in the answer, as a
// sentence that says what to do; only an unknown name is an error of the call.
func (c *Connector) Test(ctx context.Context, request *sdk.TestRequest) (*sdk.TestResponse, error) {
	hasty := *c // a person waits for the answer
	hasty.options.Timeouts.Retry = testPatience
	for _, check := range checks {
		if check.name != request.GetName() {
			continue
		}
		if err := check.run(&hasty, ctx, request.GetConfiguration()); err != nil {
			c.log.Warn("setup test failed", "test", check.name, "reason", sentence(err))
			return &sdk.TestResponse{Response: &sdk.TestResponse_Failure{Failure: sentence(err)}}, nil
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
	defer w.close()
	return errors.Join(w.mismatches()...)
}

// mismatches are what the configuration says of the workspace and Intercom does
// not.
func (w *workspace) mismatches() (errs []error) {
	if w.config.Region != "" && w.me.Region != "" && w.config.Region != w.me.Region {
		errs = append(errs, &ConfigError{keyRegion, fmt.Sprintf("is %s, and the workspace is in %s: choose %s, or leave it to Intercom", w.config.Region, w.me.Region, w.me.Region)})
	}
	if w.config.AppID != "" && w.config.AppID != w.me.AppID {
		errs = append(errs, &ConfigError{keyAppID, fmt.Sprintf("is %q, and the token belongs to workspace %q: leave it empty", w.config.AppID, w.me.AppID)})
	}
	return errs
}

func checkReporting(c *Connector, ctx context.Context, values map[string]string) error {
	w, err := c.connect(ctx, values)
	if err != nil {
		return err
	}
	defer w.close()
	_, err = w.client.Datasets(ctx)
	return err
}

func checkDatasets(c *Connector, ctx context.Context, values map[string]string) error {
	w, err := c.open(ctx, values)
	if err != nil {
		return err
	}
	defer w.close()
	tables, skipped, err := w.tables(nil)
	if err != nil {
		return err
	}
	if len(tables) == 0 {
		return errors.Join(append(skipped, errors.New("no dataset is left to sync"))...)
	}
	return nil
}

// checkMemberships tries the four lists that the segment and tag tables need.
func checkMemberships(c *Connector, ctx context.Context, values map[string]string) error {
	w, err := c.connect(ctx, values)
	if err != nil {
		return err
	}
	defer w.close()
	if w.config.Memberships == MembershipsNone {
		return nil
	}
	if _, err := w.client.Segments(ctx); err != nil {
		return err
	}
	if _, err := w.client.Tags(ctx); err != nil {
		return err
	}
	_, err = w.client.ContactsPage(ctx, 1, "")
	return err
}
