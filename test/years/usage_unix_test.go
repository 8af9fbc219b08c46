//go:build unix

package years

import (
	"runtime"
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

// peak is the most memory that this process has held at a time, in bytes.
func peak() int64 {
	if runtime.GOOS == "darwin" {
		return usage().Maxrss
	}
	return usage().Maxrss << 10 // kilobytes elsewhere
}
