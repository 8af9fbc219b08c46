// Package probe looks at a workspace for what differs from one to the next, and
// says what follows for a sync.
//
// Intercom does not describe how its exports are written, and workspaces differ.
// A probe runs two small export jobs (exports.go) and reads one page of each list
// (lists.go): of the CSV it learns the names and order of the columns, how times are
// written and in which zone (zone.go), whether rows on the ends of a range come with
// it; of the lists how large pages may be and how they end. What contradicts the
// configuration is named with the key to change.
//
// A report can be given to anyone: it holds no value of a row, no id or name of a
// person, company, segment or tag, no attribute of the customer's own, no token.
// Answers are told by their shape alone (shape.go).
package probe
