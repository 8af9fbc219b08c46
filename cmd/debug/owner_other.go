//go:build !unix

package main

// ownerOnly has nothing to do where files have no mode.
func ownerOnly() {}
