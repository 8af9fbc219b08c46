package docs

import (
	"strings"
	"testing"
)

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
