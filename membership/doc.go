// Package membership finds out who is in which segment and carries which tag,
// with the fewest calls that Intercom's API allows.
//
// Intercom shows the present only, and no endpoint lists memberships. A [Walk]
// reads them from where they cost least: the contact list carries each
// contact's first ten tags, one search per segment gives the members, and one
// scroll over the companies gives the tags and segments of all of them. It
// never asks contact by contact, save for those with more than ten tags.
//
// Lists move while they are read: pages repeat what was seen and skip what was
// not, a scroll breaks off and starts again. So every list is read against a
// set of the ids already met, each row is handed out once, and a list counts
// as complete only by the rule of completeness.go. One that does not is read
// again, twice at most, and only what was missed is added; what even then cannot
// be proven is kept and said to be incomplete, see [Proof].
//
// What is not of its column's type is null there and a text in unparsed_values;
// the walk says so once for each column, by Config.Warn.
//
// The walk goes by stages, each a few tables whole. Its [State] is small and
// becomes JSON, so that whoever is cut off goes on at the next stage of the
// same snapshot. Who knows beforehand when that will be asks for it by
// Config.Until: the stages then end between two pages, and the state tells the
// [Place] of each. Package tables is the one definition of what the tables hold.
package membership
