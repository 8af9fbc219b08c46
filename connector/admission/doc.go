// Package admission decides which calls the connector's port takes, so that
// nobody who reaches it can keep others out.
//
// A call first has to arrive: whoever opens it and sends nothing, or sends a byte
// now and then, is cut off after a while, and when too many wait so, the one that
// waited longest gives way. What has arrived is counted by its token: a token has
// a few calls at once, and all tokens together a bounded number. Connections are
// bounded too, must shake hands soon, answer pings, and are closed when nothing
// happens on them. Health checks are always answered.
package admission
