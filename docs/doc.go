// Package docs tests what people read: that links lead somewhere, that every
// key of the configuration is told and no other, that commands do what stands
// beside them, and that the container's files name what is there.
//
// docs/generate writes docs/tables.md and tests it itself.
package docs
