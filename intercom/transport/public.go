package transport

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"syscall"
	"time"
)

// Public is the transport of a client that may reach public addresses only:
// what a name resolves to is looked at when the connection is made, so that a
// name which answers differently the second time gains nothing. A proxy of this
// program's environment is its host's own and may lie anywhere; what is asked of
// it is told by its name, or its literal address, alone.
func Public(connect time.Duration) http.RoundTripper {
	return newPublic(connect, http.ProxyFromEnvironment, nil)
}

type public struct {
	proxy           func(*http.Request) (*url.URL, error)
	direct, proxied *http.Transport
}

// newPublic takes what a test replaces: the proxies, and who resolves names.
func newPublic(connect time.Duration, proxy func(*http.Request) (*url.URL, error), resolver *net.Resolver) *public {
	dialer := &net.Dialer{KeepAlive: keepAlive, Resolver: resolver, Control: refusePrivate}
	p := &public{proxy: proxy, direct: New(connect, func(ctx context.Context, network, address string) (net.Conn, error) {
		connection, err := dialer.DialContext(ctx, network, address)
		return connection, discreet(err)
	}), proxied: New(connect, nil)}
	p.direct.Proxy, p.proxied.Proxy = nil, proxy
	return p
}

func (p *public) RoundTrip(req *http.Request) (*http.Response, error) {
	host := req.URL.Hostname()
	if isPrivateName(host) {
		return nil, notPublic(host)
	}
	proxy, err := p.proxy(req)
	switch {
	case err != nil:
		return nil, errors.New("the proxy of this program's environment is not a URL")
	case proxy != nil:
		return p.proxied.RoundTrip(req)
	}
	res, err := p.direct.RoundTrip(req)
	if IsRefusal(err) {
		err = notPublic(host)
	}
	return res, err
}

// CloseIdleConnections is how http.Client reaches the connections below.
func (p *public) CloseIdleConnections() {
	p.direct.CloseIdleConnections()
	p.proxied.CloseIdleConnections()
}

// notPublic names the host that was asked for, and nothing that was found out
// about it.
func notPublic(host string) error {
	return Refusal(fmt.Sprintf("refusing to connect to %q: only public addresses are allowed", Clip(host, 100)))
}

// refusePrivate is the dialer's Control: it sees the address that a connection is
// about to be made to, after the name was resolved.
func refusePrivate(_, address string, _ syscall.RawConn) error {
	at, err := netip.ParseAddrPort(address)
	if err != nil || !isPublic(at.Addr()) {
		return Refusal("not a public address")
	}
	return nil
}

// discreet takes off an error which server a name was asked of.
func discreet(err error) error {
	if unknown, ok := errors.AsType[*net.DNSError](err); ok {
		bare := *unknown
		bare.Server = ""
		return &bare
	}
	return err
}

// isPublic reports an address of the open internet: not of this machine, its
// network, its provider's network or the services that a cloud offers its
// machines, and none that leads there by a translation.
func isPublic(address netip.Addr) bool {
	address = address.Unmap().WithZone("")
	within := func(p netip.Prefix) bool { return p.Contains(address) }
	switch {
	case address.Is4():
		return !slices.ContainsFunc(private4, within)
	case translated.Contains(address):
		b := address.As16()
		return isPublic(netip.AddrFrom4([4]byte(b[12:])))
	}
	return public6.Contains(address) && !slices.ContainsFunc(private6, within)
}

// From the registries of special addresses of IPv4 and IPv6 (RFC 6890), of which
// no part is for the open internet, and one that a cloud has taken from the rest.
var (
	private4 = prefixes(
		"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
		"192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15",
		"198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
		"168.63.129.16/32", // Azure's services for its machines
	)
	public6    = netip.MustParsePrefix("2000::/3")
	private6   = prefixes("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")
	translated = netip.MustParsePrefix("64:ff9b::/96") // IPv4, for machines that have none
)

func prefixes(list ...string) []netip.Prefix {
	var all []netip.Prefix
	for _, p := range list {
		all = append(all, netip.MustParsePrefix(p))
	}
	return all
}

// privateDomains are top-level domains of networks of one's own.
var privateDomains = []string{"localhost", "local", "internal", "localdomain", "lan", "home", "corp", "intranet", "private", "arpa"}

// isPrivateName reports a host that is not public by its name alone: an address
// in any spelling that is not a public one, a name of one's own network, or one
// in letters that become others on the way.
func isPrivateName(host string) bool {
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	if address, err := netip.ParseAddr(host); err == nil {
		return !isPublic(address)
	}
	if strings.ContainsFunc(host, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return true
	}
	dot := strings.LastIndexByte(host, '.')
	last := host[dot+1:]
	// What ends in a number is an address to some resolvers: 127.1, 0x7f.0.0.1.
	return dot <= 0 || last == "" || last[0] >= '0' && last[0] <= '9' || slices.Contains(privateDomains, last)
}
