// Package people is Intercom's lists of contacts and companies, of the segments and
// tags that they are in, and of the teammates and teams who work with them.
package people
