//go:build unix

package torture

import (
	"runtime"
	"syscall"
	"testing"
)

// peak kills the process and gives the most memory that it held at a time, in
// bytes.
func (p *process) peak(t *testing.T) int64 {
	t.Helper()
	p.kill()
	usage, ok := p.cmd.ProcessState.SysUsage().(*syscall.Rusage)
	if !ok {
		t.Fatal("the system does not tell what a process used")
	}
	if runtime.GOOS == "darwin" {
		return usage.Maxrss
	}
	return usage.Maxrss << 10 // kilobytes elsewhere
}
