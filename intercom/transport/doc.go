// Package transport sends requests to Intercom: it decides where they may go
// and which of them carry the token, and it ends those that have stopped
// moving. The client and the reader of downloads both stand on it.
//
// Connecting, TLS, HTTP/2, redirects and compression are net/http's. Three
// things it cannot do, and they are here. Its deadlines bound a whole answer or
// its headers, but a download of hours is fine as long as bytes keep coming, so
// [Do] bounds each wait for more of a body. It copies an Authorization header
// along redirects by its own rule of which hosts belong together; [Trust] adds
// the token hop by hop, to Intercom's hosts and the configured one alone. And
// its errors quote addresses with their queries, where signed URLs keep their
// secret; [Trust.Scrub] takes them out.
package transport
