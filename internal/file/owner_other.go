//go:build !unix

package file

// OwnerOnly has nothing to do where files have no mode.
func OwnerOnly() {}
