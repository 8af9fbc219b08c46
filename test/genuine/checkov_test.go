//go:build genuine

package genuine

import (
	"encoding/json"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// Findings of checkov's that stay, and why.
var findings = map[string]string{
	"CKV_AWS_18 AWS::S3::Bucket.Bucket":          "access logs want a bucket of their own to lie in, and CloudTrail tells the same where it is on: the account's owner decides",
	"CKV_AWS_19 AWS::S3::Bucket.Bucket":          "wrong: the bucket is encrypted, by the key of KmsKeyArn or by S3's; it does not see through the condition",
	"CKV_AWS_26 AWS::SNS::Topic.Alarms":          "a key whose policy does not know CloudWatch would silence the alarms, which hold no data",
	"CKV_AWS_27 AWS::SQS::Queue.DeadLetters":     "wrong: SqsManagedSseEnabled encrypts it, and events hold a date at most",
	"CKV_AWS_116 AWS::Lambda::Function.Function": "wrong: the resource Deliveries sends events that fail to the queue",
	"CKV_AWS_117 AWS::Lambda::Function.Function": "the function calls Intercom and AWS's public endpoints by TLS, and nothing calls it: a VPC would cost a NAT gateway and keep nothing out",
	"CKV_AWS_158 AWS::Logs::LogGroup.LogGroup":   "logs hold no row and no token; a key whose policy does not know CloudWatch Logs would fail the stack",
	"CKV_AWS_173 AWS::Lambda::Function.Function": "the environment holds names, no secret: the token's ARN, not the token",
}

// checkov looks for what is unsafe in the template, and finds what is explained
// above: no more, and no less.
func TestCheckov(t *testing.T) {
	t.Parallel()
	command := exec.Command(filepath.Join(environment(t, "checkov"), "bin", "checkov"), "-f", "../../deploy/operator.yaml",
		"--framework", "cloudformation", "--output", "json", "--quiet", "--skip-download", "--soft-fail")
	command.Env = append(os.Environ(), "BC_SKIP_MAPPING=TRUE") // which would be downloaded
	out, err := command.Output()
	if err != nil {
		t.Fatal(problem(err))
	}
	var report struct {
		Results struct {
			Failed []struct {
				ID       string `json:"check_id"`
				Name     string `json:"check_name"`
				Resource string
			} `json:"failed_checks"`
		}
		Summary struct {
			Passed, Failed int
			Unreadable     int    `json:"parsing_errors"`
			Resources      int    `json:"resource_count"`
			Version        string `json:"checkov_version"`
		}
	}
	if err := json.Unmarshal(out, &report); err != nil {
		t.Fatal(err)
	}
	t.Logf("%+v", report.Summary)
	if report.Summary.Passed < 20 || report.Summary.Resources < 80 || report.Summary.Unreadable > 0 {
		t.Errorf("it has hardly looked: %+v", report.Summary)
	}
	explained := maps.Clone(findings)
	for _, f := range report.Results.Failed {
		id := f.ID + " " + f.Resource
		if explained[id] == "" {
			t.Errorf("%s: %s", id, f.Name)
		}
		delete(explained, id)
	}
	for id := range explained {
		t.Errorf("%s is explained, and not found any more", id)
	}
}
