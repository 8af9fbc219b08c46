// Package intercom is Intercom's REST API as a connector needs it: whose token
// this is, which datasets there are, export jobs and their results, and who is
// in which segment and carries which tag. It speaks API version 2.16.
//
// A token is enough to begin. [Client.Me] tells the workspace and its region,
// and [Client.ForWorkspace] turns to that region's host:
//
//	c, err := intercom.New(intercom.Config{Token: token})
//	me, err := c.Me(ctx)
//	c = c.ForWorkspace(me)
//
// An export goes through three calls and a stream. The stream is CSV whatever
// form Intercom sends it in; it is decompressed as it flows and never held
// whole, in memory or on disk:
//
//	enqueued := time.Now()
//	job, err := c.Enqueue(ctx, intercom.Export{DatasetID: "conversation", AttributeIDs: ids, Start: from, End: to})
//	job, err = c.Await(ctx, job.ID, enqueued)
//	download, err := c.Download(ctx, job)
//	defer download.Close()
//	for block, err := download.Next(); ; block, err = download.Next() { … }
//
// # What a call does on its own
//
// Failures that may pass by themselves (no answer, 408, 5xx, an answer that is empty or
// cut off, a spent rate limit) are repeated with growing pauses for up to
// [Timeouts].Retry. Intercom's X-RateLimit headers are obeyed before a limit is
// hit, its Retry-After after. Every phase has a deadline: connection, headers,
// each wait for more of a body, an export job. Three things are left to the
// caller. A full queue of export jobs is told at once ([Error.JobLimit]). A
// download that breaks after its first byte is not begun again: the caller
// knows what it has done with the bytes. And a scroll over companies whose
// answer was lost must start again (people.ScrollError), as Intercom has moved
// on.
//
// # Errors
//
// A call that fails returns an [*Error], whose methods say what may be done:
// wait, ask for a better token, ask for a scope, enqueue anew, drop an
// attribute. A job that ends badly is a [*JobError].
//
// # Below it
//
// Package transport sends the requests and guards the token, package ratelimit
// spends the budget of calls, package answer reads JSON of every form, and package
// download makes one stream of CSV out of a job's result.
//
// # Above it
//
// Each family of lists is a package of its own, on [Fetch]: people has contacts,
// companies, segments and tags.
//
// # The token
//
// It is sent to Intercom's hosts over https and to the configured base URL, and
// nowhere else: not to the host of a redirect or a download URL. Nothing is
// fetched over plain http but from one place on this machine to another. No
// error or log line holds the token, a URL's query, or a line of a download.
package intercom
