package docs

import (
	"io/fs"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// inArgument is a command with a secret among its arguments, which all users of a
// machine can list. A shell's own echo and printf have none.
var inArgument = regexp.MustCompile(`--(access-)?token[ =]|(-H|--header)[ =]*["']?Authorization|--secret-string[ =]+["'$a-zA-Z](?:[^i]|i[^l])|(curl|wget|http|aws|docker|kubectl|helm|operator|debug|server)\b[^|\n]*(access_token=|Bearer |[-= ]["']?\$\{?(INTERCOM_ACCESS_)?TOKEN)`)

func TestNoTokenInArguments(t *testing.T) {
	for _, bad := range []string{
		`curl -H 'Authorization: Bearer x' /me`, `aws put --secret-string "$TOKEN"`, `docker run -e INTERCOM_ACCESS_TOKEN="$INTERCOM_ACCESS_TOKEN" image`, `curl "/me?access_token=x"`, `sandbox --token x`,
	} {
		if !inArgument.MatchString(bad) {
			t.Errorf("not found: %s", bad)
		}
	}
	looked := 0
	err := filepath.WalkDir("..", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		switch filepath.Ext(path) {
		case ".md", ".yaml", ".yml", ".sh":
		case ".go": // what programs print
			if !strings.Contains(path, "/cmd/") || strings.HasSuffix(path, "_test.go") {
				return nil
			}
		default:
			return nil
		}
		looked++
		for number, line := range strings.Split(read(t, path), "\n") {
			if inArgument.MatchString(line) {
				t.Errorf("%s:%d: a token is an argument: %s", path, number+1, line)
			}
		}
		return nil
	})
	if err != nil || looked < 50 {
		t.Errorf("%d files, %v", looked, err)
	}
}

// The service that the page about deploying shows listens on its machine only and
// may do nothing else; systemd-analyze security rates it 1.2 with these lines.
func TestServiceIsConfined(t *testing.T) {
	units := blocks(read(t, "deploying.md"), "ini")
	if len(units) != 1 {
		t.Fatalf("%d units", len(units))
	}
	for _, line := range []string{
		"ExecStart=/usr/local/bin/intercom-connector --host 127.0.0.1 --port 50051", "DynamicUser=yes", "MemoryMax=1G", "CapabilityBoundingSet=",
		"LockPersonality=yes", "MemoryDenyWriteExecute=yes", "NoNewPrivileges=yes", "PrivateDevices=yes", "PrivateTmp=yes", "PrivateUsers=yes",
		"ProcSubset=pid", "ProtectClock=yes", "ProtectControlGroups=yes", "ProtectHome=yes", "ProtectHostname=yes", "ProtectKernelLogs=yes",
		"ProtectKernelModules=yes", "ProtectKernelTunables=yes", "ProtectProc=invisible", "ProtectSystem=strict", "RemoveIPC=yes",
		"RestrictAddressFamilies=AF_INET AF_INET6", "RestrictNamespaces=yes", "RestrictRealtime=yes", "RestrictSUIDSGID=yes",
		"SystemCallArchitectures=native", "SystemCallErrorNumber=EPERM", "SystemCallFilter=@system-service", "SystemCallFilter=~@privileged @resources", "UMask=0077",
	} {
		if !strings.Contains(units[0], "\n"+line+"\n") {
			t.Errorf("the unit lacks %s", line)
		}
	}
}

// Each promise names its tests; TestNamedTestsAreThere finds them.
func TestPromisesNameTheirTests(t *testing.T) {
	_, table, found := strings.Cut(read(t, "../SECURITY.md"), "| promise | tests |\n|---|---|\n")
	if !found {
		t.Fatal("SECURITY.md has no table of promises")
	}
	table, _, _ = strings.Cut(table, "\n\n")
	rows := strings.Split(table, "\n")
	if len(rows) < 10 {
		t.Errorf("%d promises", len(rows))
	}
	for _, row := range rows {
		if cells := strings.Split(row, "|"); len(cells) != 4 || !strings.Contains(cells[2], "`Test") {
			t.Errorf("no test shows: %s", row)
		}
	}
}
