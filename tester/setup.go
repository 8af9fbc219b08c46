package tester

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/agext/levenshtein"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	sdk "intercom-connector/proto"
	"intercom-connector/tester/protocol"
	"intercom-connector/tester/screen"
)

// test fetches the form and runs its setup tests one by one: all of them for the
// first sync, as when a connection is made, and the one that connects for those
// after it, since each may cost the source something. A connector without a form, as
// of Fivetran's Connector SDK, has none.
func (s *session) test(ctx context.Context, madeBefore bool) error {
	patient, cancel := context.WithTimeout(ctx, s.config.Patience)
	defer cancel()
	slow := time.AfterFunc(2*time.Second, func() {
		s.config.Screen.Printf("waiting for the connector at %s ...", s.address())
	})
	form, err := s.client.ConfigurationForm(patient, &sdk.ConfigurationFormRequest{}, s.compressed(grpc.WaitForReady(true))...)
	slow.Stop()
	switch status.Code(err) {
	case codes.OK:
	case codes.Unimplemented:
		return nil
	case codes.DeadlineExceeded:
		return fmt.Errorf("no connector answered at %s within %s: is it running, and on this port?", s.address(), s.config.Patience)
	default:
		return rpcError("ConfigurationForm", err)
	}
	s.secrets = append(s.secrets, screen.FromForm(form.GetFields(), s.config.Configuration)...)
	s.config.Screen.Hide(s.secrets)
	unknown, err := checkKeys(form.GetFields(), s.config.Configuration)
	for _, sentence := range unknown {
		s.config.Screen.Warn(sentence)
	}
	if err != nil {
		return err
	}
	var failures []string
	tests := form.GetTests()
	if madeBefore {
		tests = tests[:min(1, len(tests))]
	}
	for i, t := range tests {
		failure, err := s.testOne(ctx, t)
		if err != nil {
			return err
		}
		if failure != "" {
			failures = append(failures, failure)
			if i == 0 { // it is the one that connects
				s.config.Screen.Printf("[%s]: FAILED, and the others are not tried", t.GetLabel())
				return &RefusedError{failures, failure}
			}
			s.config.Screen.Printf("[%s]: FAILED: %s", t.GetLabel(), failure)
			continue
		}
		s.config.Screen.Printf("[%s]: PASSED", t.GetLabel())
	}
	if len(failures) > 0 {
		return &RefusedError{failures, fmt.Sprintf("%d of %d setup tests failed", len(failures), len(tests))}
	}
	return nil
}

func (s *session) address() string {
	return strings.TrimPrefix(s.config.Conn.Target(), "passthrough:///")
}

func (s *session) testOne(ctx context.Context, t *sdk.ConfigurationTest) (failure string, err error) {
	answer, err := s.client.Test(ctx, &sdk.TestRequest{Name: t.GetName(), Configuration: s.config.Configuration}, s.compressed()...)
	if err != nil {
		return "", rpcError("Test "+t.GetName(), err)
	}
	switch r := answer.GetResponse().(type) {
	case *sdk.TestResponse_Success:
		if r.Success {
			return "", nil
		}
		return "", protocol.Broken(protocol.RuleTestAnswer, "the test %q answered success=false, which says nothing: it must set failure", t.GetName())
	case *sdk.TestResponse_Failure:
		if r.Failure == "" {
			return "it gave no reason", nil
		}
		return r.Failure, nil
	}
	return "", protocol.Broken(protocol.RuleTestAnswer, "the test %q answered neither success nor failure", t.GetName())
}

// checkKeys holds a configuration's keys against the connector's form: it names
// required ones that are missing, and answers with a sentence for each that the
// form does not know, which is mostly a misspelt one.
func checkKeys(fields []*sdk.FormField, configuration map[string]string) (unknown []string, err error) {
	known := formNames(fields)
	if len(known) == 0 {
		return nil, nil
	}
	for _, key := range slices.Sorted(maps.Keys(configuration)) {
		if slices.Contains(known, key) {
			continue
		}
		sentence := fmt.Sprintf("the configuration's key %q is not in the connector's form", key)
		if near := nearest(key, known); near != "" {
			sentence += fmt.Sprintf(": did you mean %q?", near)
		}
		unknown = append(unknown, sentence)
	}
	for _, f := range fields {
		if f.GetRequired() && f.GetDefaultValue() == "" && configuration[f.GetName()] == "" {
			return unknown, fmt.Errorf("the configuration lacks %q (%s), which the connector requires", f.GetName(), f.GetLabel())
		}
	}
	return unknown, nil
}

// formNames are the names of all fields, those under a condition too.
func formNames(fields []*sdk.FormField) []string {
	var names []string
	for _, f := range fields {
		if f.GetName() != "" {
			names = append(names, f.GetName())
		}
		names = append(names, formNames(f.GetConditionalFields().GetFields())...)
	}
	return names
}

// nearest is the known word with the fewest differences, if they are few.
func nearest(word string, known []string) string {
	best, fewest := "", max(2, len(word)/3)+1
	for _, k := range known {
		if d := levenshtein.Distance(strings.ToLower(word), k, nil); d < fewest {
			best, fewest = k, d
		}
	}
	return best
}
