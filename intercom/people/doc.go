// Package people is Intercom's lists of contacts and companies, and of the segments
// and tags that they are in.
package people
