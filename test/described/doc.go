// Package described holds the client and the sandbox against Intercom's own
// description of its API, version 2.16, so that neither drifts from it, nor both
// together.
//
// description.txt restates the facts that matter here: endpoints with their
// parameters, and the fields of bodies and answers with their kinds. Not all that
// Intercom does is as described: deviations.txt lists each known difference with its
// reason. A difference that is not listed fails the test, and so does a line that
// nothing needs.
package described
