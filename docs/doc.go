// Package docs tests what people read: that links lead somewhere, that every
// key of the configuration is told and no other, that commands do what stands
// beside them, that the container's files name what is there, that a test which a
// page names is one that there is, and that README.md's picture and map show what
// the code's imports show.
//
// docs/generate writes docs/tables.md and tests it itself.
package docs
