//go:build unix

package file

import "syscall"

// OwnerOnly makes files that nobody but their owner may read, DuckDB's as well.
func OwnerOnly() { syscall.Umask(0o077) }
