// Package body makes the body of a download of the CSV of an export: compressed,
// in an archive, in another encoding of characters, and spoilt as the dialects
// have it.
package body
