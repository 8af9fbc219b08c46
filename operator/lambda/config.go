package lambda

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"intercom-connector/connector/configuration"
)

// Config is the function's environment.
type Config struct {
	Output  string   // OPERATOR_OUTPUT: the lake, s3://bucket/prefix; required
	Secret  string   // OPERATOR_TOKEN_SECRET: ARN of the secret that is the access token; required
	BaseURL string   // INTERCOM_BASE_URL: another host than the workspace's region has; usually empty
	Tables  []string // OPERATOR_TABLES: names, separated by commas; empty means all
	NoPII   bool     // OPERATOR_NO_PII: true leaves out columns about persons
	// Reporting is OPERATOR_REPORTING: the datasets of the reporting export that are
	// landed as well, separated by commas, or all; empty: none.
	Reporting  string
	Engagement string        // OPERATOR_ENGAGEMENT: on: with the exports message engagement, too; none
	Lookback   int           // OPERATOR_LOOKBACK_DAYS: how far back exports are read again, once a day; 30
	Turns      int           // OPERATOR_TURNS: the most invocations that a day's snapshot may take, and as many again its exports; 24
	Reserve    time.Duration // OPERATOR_RESERVE_SECONDS: kept of an invocation's time for handing over; 60
	LockWait   time.Duration // OPERATOR_LOCK_WAIT_SECONDS: how long another run is waited for, in case it is dead; 75
	Name       string        // AWS_LAMBDA_FUNCTION_NAME: whom to invoke for the next turn; Lambda sets it
}

// ParseConfig reads the environment. Errors name the variable.
func ParseConfig(getenv func(string) string) (Config, error) {
	c := Config{
		Output: getenv("OPERATOR_OUTPUT"), Secret: getenv("OPERATOR_TOKEN_SECRET"),
		BaseURL: getenv("INTERCOM_BASE_URL"), Name: getenv("AWS_LAMBDA_FUNCTION_NAME"),
		Reporting: strings.TrimSpace(getenv("OPERATOR_REPORTING")), Engagement: getenv("OPERATOR_ENGAGEMENT"),
	}
	var problems []error
	for _, v := range []struct{ name, value string }{
		{"OPERATOR_OUTPUT", c.Output}, {"OPERATOR_TOKEN_SECRET", c.Secret}, {"AWS_LAMBDA_FUNCTION_NAME", c.Name},
	} {
		if v.value == "" {
			problems = append(problems, fmt.Errorf("%s is not set", v.name))
		}
	}
	for name := range strings.SplitSeq(getenv("OPERATOR_TABLES"), ",") {
		if name = strings.TrimSpace(name); name != "" {
			c.Tables = append(c.Tables, name)
		}
	}
	if e := c.Engagement; e != "" && e != configuration.EngagementOn && e != configuration.EngagementNone {
		problems = append(problems, fmt.Errorf("OPERATOR_ENGAGEMENT is %q, not %s or %s", e, configuration.EngagementOn, configuration.EngagementNone))
	}
	var err error
	if text := getenv("OPERATOR_NO_PII"); text != "" {
		if c.NoPII, err = strconv.ParseBool(text); err != nil {
			problems = append(problems, fmt.Errorf("OPERATOR_NO_PII is %q, not true or false", text))
		}
	}
	whole := func(name string, or, least, most int) int {
		text := getenv(name)
		if text == "" {
			return or
		}
		n, err := strconv.Atoi(text)
		if err != nil || n < least || n > most {
			problems = append(problems, fmt.Errorf("%s is %q, not a whole number from %d to %d", name, text, least, most))
		}
		return n
	}
	c.Lookback = whole("OPERATOR_LOOKBACK_DAYS", 30, 0, 365)
	c.Turns = whole("OPERATOR_TURNS", 24, 1, 100)
	c.Reserve = time.Duration(whole("OPERATOR_RESERVE_SECONDS", 60, 1, 600)) * time.Second
	c.LockWait = time.Duration(whole("OPERATOR_LOCK_WAIT_SECONDS", 75, 0, 600)) * time.Second
	return c, errors.Join(problems...)
}
