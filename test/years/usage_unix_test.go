//go:build unix

package years

import (
	"os"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"
)

func usage() (u syscall.Rusage) {
	syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return u
}

// processors is how long the processors have worked for this process.
func processors() time.Duration {
	u := usage()
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// peak is the most memory that this process has held at a time, in bytes: on Linux
// since [forgetPeak], elsewhere since it began.
func peak() int64 {
	status, _ := os.ReadFile("/proc/self/status")
	if _, rest, ok := strings.Cut(string(status), "VmHWM:"); ok {
		kilobytes, _ := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
		return kilobytes << 10
	}
	if runtime.GOOS == "darwin" {
		return usage().Maxrss
	}
	return usage().Maxrss << 10 // kilobytes elsewhere
}

// forgetPeak begins anew, where the system can.
func forgetPeak() { _ = os.WriteFile("/proc/self/clear_refs", []byte("5"), 0) }
