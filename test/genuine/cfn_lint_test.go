//go:build genuine

package genuine

import (
	"os/exec"
	"path/filepath"
	"testing"
)

// cfn-lint knows what AWS takes of a template, in regions that differ, and finds
// nothing at any level.
func TestCfnLint(t *testing.T) {
	t.Parallel()
	lint := filepath.Join(environment(t, "cfn-lint"), "bin", "cfn-lint")
	out, err := exec.Command(lint, "--include-checks", "I", "--regions", "us-east-1,eu-central-1,ap-southeast-2,sa-east-1", "--", "../../deploy/operator.yaml").CombinedOutput()
	if err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
