//go:build unix

package main

import "syscall"

// ownerOnly makes files that nobody but their owner may read, DuckDB's as well.
func ownerOnly() { syscall.Umask(0o077) }
