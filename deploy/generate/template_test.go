package main

import (
	"maps"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"intercom-connector/operator/lambda"
)

const templateFile = "../operator.yaml"

// template is operator.yaml, parsed.
type template struct {
	root *yaml.Node
}

func readTemplate(t *testing.T) template {
	t.Helper()
	text, err := os.ReadFile(templateFile)
	if err != nil {
		t.Fatal(err)
	}
	var document yaml.Node
	if err := yaml.Unmarshal(text, &document); err != nil {
		t.Fatal(err)
	}
	return template{document.Content[0]}
}

// at follows keys of mappings; nil where there is none.
func at(n *yaml.Node, keys ...string) *yaml.Node {
	for _, key := range keys {
		var next *yaml.Node
		for i := 0; n != nil && n.Kind == yaml.MappingNode && i < len(n.Content); i += 2 {
			if n.Content[i].Value == key {
				next = n.Content[i+1]
			}
		}
		n = next
	}
	return n
}

// entries are a mapping's, by key.
func entries(n *yaml.Node) map[string]*yaml.Node {
	all := map[string]*yaml.Node{}
	for i := 0; n != nil && i < len(n.Content); i += 2 {
		all[n.Content[i].Value] = n.Content[i+1]
	}
	return all
}

// each visits a node and all below it.
func each(n *yaml.Node, visit func(*yaml.Node)) {
	visit(n)
	for _, below := range n.Content {
		each(below, visit)
	}
}

func (t template) resources() map[string]*yaml.Node { return entries(at(t.root, "Resources")) }

func TestTheTemplateIsAsGenerated(t *testing.T) {
	text, err := os.ReadFile(templateFile)
	if err != nil {
		t.Fatal(err)
	}
	renewed, err := renew(t.Context(), string(text))
	if err != nil {
		t.Fatal(err)
	}
	if renewed != string(text) {
		t.Error("deploy/operator.yaml is not what the tables and recipes say: go run ./deploy/generate")
	}
	if _, err := renew(t.Context(), "Resources: {}\n"); err == nil || !strings.Contains(err.Error(), "marks") {
		t.Errorf("a template without marks: %v", err)
	}
}

// attributes of resources that GetAtt may ask for, by type.
var attributes = map[string][]string{
	"AWS::S3::Bucket":       {"Arn"},
	"AWS::IAM::Role":        {"Arn"},
	"AWS::Lambda::Function": {"Arn"},
	"AWS::Logs::LogGroup":   {"Arn"},
	"AWS::SQS::Queue":       {"Arn", "QueueName"},
}

var pseudo = []string{"AWS::AccountId", "AWS::Region", "AWS::StackName", "AWS::Partition", "AWS::NoValue"}

func TestEveryReferenceResolves(t *testing.T) {
	tpl := readTemplate(t)
	resources, parameters := tpl.resources(), entries(at(tpl.root, "Parameters"))
	conditions := entries(at(tpl.root, "Conditions"))
	used := map[string]bool{}
	ref := func(name string, own map[string]*yaml.Node) {
		used[name] = true
		if resources[name] == nil && parameters[name] == nil && own[name] == nil && !slices.Contains(pseudo, name) {
			t.Errorf("nothing is called %q", name)
		}
	}
	getAtt := func(text string) {
		name, attribute, _ := strings.Cut(text, ".")
		if r := resources[name]; r == nil || !slices.Contains(attributes[at(r, "Type").Value], attribute) {
			t.Errorf("%q is no attribute of a resource", text)
		}
	}
	sub := func(text string, own map[string]*yaml.Node) {
		for _, m := range regexp.MustCompile(`\$\{([^!}][^}]*)\}`).FindAllStringSubmatch(text, -1) {
			if strings.Contains(m[1], ".") {
				getAtt(m[1])
			} else {
				ref(m[1], own)
			}
		}
	}
	count := map[string]int{}
	each(tpl.root, func(n *yaml.Node) {
		count[n.Tag]++
		switch n.Tag {
		case "!Ref":
			ref(n.Value, nil)
		case "!GetAtt":
			getAtt(n.Value)
		case "!Sub":
			if n.Kind == yaml.SequenceNode {
				sub(n.Content[0].Value, entries(n.Content[1]))
			} else {
				sub(n.Value, nil)
			}
		case "!If":
			if conditions[n.Content[0].Value] == nil {
				t.Errorf("there is no condition %q", n.Content[0].Value)
			}
		case "!Not", "!Equals", "!Or":
		default:
			if strings.HasPrefix(n.Tag, "!") && !strings.HasPrefix(n.Tag, "!!") {
				t.Errorf("line %d: the test does not know %s", n.Line, n.Tag)
			}
		}
	})
	for _, tag := range []string{"!Ref", "!GetAtt", "!Sub"} {
		if count[tag] < 5 {
			t.Errorf("the test has seen %d of %s: it looks in the wrong place", count[tag], tag)
		}
	}
	for name, r := range resources {
		if c := at(r, "Condition"); c != nil && conditions[c.Value] == nil {
			t.Errorf("%s: there is no condition %q", name, c.Value)
		}
		depends := at(r, "DependsOn")
		if depends == nil {
			continue
		}
		names := []string{depends.Value}
		if depends.Kind == yaml.SequenceNode {
			names = nil
			for _, n := range depends.Content {
				names = append(names, n.Value)
			}
		}
		for _, other := range names {
			if resources[other] == nil {
				t.Errorf("%s depends on %q, which is not there", name, other)
			}
		}
	}
	for name, p := range parameters {
		if !used[name] {
			t.Errorf("the parameter %s is not used", name)
		}
		if at(p, "Description") == nil {
			t.Errorf("the parameter %s is not described", name)
		}
		if required := slices.Contains([]string{"CodeBucket", "CodeKey"}, name); (at(p, "Default") == nil) != required {
			t.Errorf("the parameter %s: a default is for all but what must be given", name)
		}
		if d, pattern := at(p, "Default"), at(p, "AllowedPattern"); d != nil && pattern != nil && !regexp.MustCompile("^(?:"+pattern.Value+")$").MatchString(d.Value) {
			t.Errorf("the parameter %s: the default %q does not fit its pattern", name, d.Value)
		}
	}
}

func TestDataAreKeptAndSafe(t *testing.T) {
	tpl := readTemplate(t)
	bucket := tpl.resources()["Bucket"]
	for _, policy := range []string{"DeletionPolicy", "UpdateReplacePolicy"} {
		if n := at(bucket, policy); n == nil || n.Value != "Retain" {
			t.Errorf("the bucket's %s is not Retain", policy)
		}
	}
	for path, want := range map[string]string{
		"VersioningConfiguration.Status":                       "Enabled",
		"PublicAccessBlockConfiguration.BlockPublicPolicy":     "true",
		"PublicAccessBlockConfiguration.RestrictPublicBuckets": "true",
	} {
		if n := at(bucket, append([]string{"Properties"}, strings.Split(path, ".")...)...); n == nil || n.Value != want {
			t.Errorf("the bucket's %s is not %s", path, want)
		}
	}
	if n := at(tpl.root, "Parameters", "AccessToken", "NoEcho"); n == nil || n.Value != "true" {
		t.Error("the token is shown to whoever looks at the stack")
	}
	users := 0
	each(at(tpl.root, "Resources"), func(n *yaml.Node) {
		if n.Tag == "!Ref" && n.Value == "AccessToken" {
			users++
		}
	})
	each(tpl.root, func(n *yaml.Node) {
		if strings.Contains(n.Value, "arn:aws:") {
			t.Errorf("line %d names a partition: %s", n.Line, n.Value)
		}
		if regexp.MustCompile(`\b(us|eu|ap|sa|ca|af|me|il)-[a-z]+-\d\b`).MatchString(n.Value) {
			t.Errorf("line %d names a region: %s", n.Line, n.Value)
		}
	})
	if users != 1 {
		t.Errorf("the token goes to %d places, want Secrets Manager alone", users)
	}
}

func TestTheFunctionUnderstandsItsEnvironment(t *testing.T) {
	tpl := readTemplate(t)
	set := entries(at(tpl.resources()["Function"], "Properties", "Environment", "Variables"))
	asked := map[string]bool{}
	_, err := lambda.ParseConfig(func(name string) string {
		asked[name] = true
		return map[string]string{"OPERATOR_OUTPUT": "s3://b/lake", "OPERATOR_TOKEN_SECRET": "arn", "AWS_LAMBDA_FUNCTION_NAME": "f"}[name]
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range slices.Sorted(maps.Keys(set)) {
		if !asked[name] {
			t.Errorf("the template sets %s, which nobody reads", name)
		}
	}
	for _, name := range []string{"OPERATOR_OUTPUT", "OPERATOR_TOKEN_SECRET"} {
		if set[name] == nil {
			t.Errorf("the template does not set %s", name)
		}
	}
	most := at(tpl.root, "Parameters", "MaxTurns", "MaxValue").Value
	if _, err := lambda.ParseConfig(func(name string) string {
		return map[string]string{"OPERATOR_OUTPUT": "s3://b/lake", "OPERATOR_TOKEN_SECRET": "arn", "AWS_LAMBDA_FUNCTION_NAME": "f", "OPERATOR_TURNS": most, "OPERATOR_NO_PII": "true"}[name]
	}); err != nil {
		t.Errorf("the function refuses what the template allows: %v", err)
	}
}

func TestAlarmsWatchWhatTheFunctionTells(t *testing.T) {
	known := []string{
		lambda.Rows, lambda.Calls, lambda.Seconds, lambda.HandOvers, lambda.Published, lambda.Incomplete,
		lambda.ExportDays, lambda.Exported, lambda.Failures,
	}
	own, heard := 0, map[string]int{} // by metric: after how many seconds
	for name, r := range readTemplate(t).resources() {
		if at(r, "Type").Value != "AWS::CloudWatch::Alarm" {
			continue
		}
		space, metric := at(r, "Properties", "Namespace").Value, at(r, "Properties", "MetricName").Value
		period, _ := strconv.Atoi(at(r, "Properties", "Period").Value)
		periods, _ := strconv.Atoi(at(r, "Properties", "EvaluationPeriods").Value)
		heard[metric] = period * periods
		if strings.HasPrefix(space, "AWS/") {
			continue
		}
		own++
		if space != lambda.Namespace || !slices.Contains(known, metric) {
			t.Errorf("%s watches %s in %s, which the function does not write", name, metric, space)
		}
	}
	if own == 0 {
		t.Error("no alarm watches the function's own metrics")
	}
	// A day that is not published while it can be had is an error of the function's, a
	// hand-over that was given up, or a day that is not proven: none waits for the next.
	for _, metric := range []string{"Errors", "ApproximateNumberOfMessagesVisible", lambda.Incomplete} {
		if after, watched := heard[metric]; !watched || after > 3600 {
			t.Errorf("%s is heard after %d seconds, or never", metric, after)
		}
	}
}

// TestNoSpringDayLacksTheSchedule looks for the default schedule's times on every
// day of two years, in every zone of this machine that moves its clocks: one that
// falls into the hour that is skipped would lose the day.
func TestNoSpringDayLacksTheSchedule(t *testing.T) {
	schedule := at(readTemplate(t).root, "Parameters", "Schedule", "Default").Value
	m := regexp.MustCompile(`^cron\((\d+) ([\d,]+) \* \* \? \*\)$`).FindStringSubmatch(schedule)
	if m == nil {
		t.Fatalf("the default schedule is %s, which this test does not understand", schedule)
	}
	minute, _ := strconv.Atoi(m[1])
	hours := strings.Split(m[2], ",")
	if len(hours) != 2 {
		t.Errorf("%s tries %d times a day, want two", schedule, len(hours))
	}
	for _, name := range []string{
		"America/Havana", "America/New_York", "America/Nuuk", "America/Scoresbysund", "America/Asuncion", "America/Santiago", "Antarctica/Troll",
		"Africa/Cairo", "Asia/Beirut", "Asia/Jerusalem", "Atlantic/Azores", "Australia/Lord_Howe", "Australia/Sydney", "Europe/Athens",
		"Europe/Berlin", "Europe/London", "Pacific/Auckland", "Pacific/Chatham", "Pacific/Easter", "Pacific/Norfolk",
	} {
		zone, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		for day := range 731 {
			for _, text := range hours {
				hour, _ := strconv.Atoi(text)
				if begins := time.Date(2026, 1, 1+day, hour, minute, 0, 0, zone); begins.Hour() != hour || begins.Minute() != minute {
					t.Errorf("%s: %s has no %d:%02d", name, begins.Format(time.DateOnly), hour, minute)
				}
			}
		}
	}
}
