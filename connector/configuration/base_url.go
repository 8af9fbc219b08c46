package configuration

import (
	"net"
	"net/url"
	"strings"
)

// baseURL lets the token travel over https, or to this machine only.
func (p *parser) baseURL() string {
	text := p.text(KeyBaseURL)
	if text == "" {
		return ""
	}
	base, err := url.Parse(text)
	switch {
	case err != nil || base.Host == "" || base.User != nil || base.RawQuery != "" || base.Fragment != "":
		p.refuse(KeyBaseURL, "is not an address such as https://api.intercom.io")
	case base.Scheme == "http" && !loopback(base.Hostname()):
		p.refuse(KeyBaseURL, "is http to %s: the token would travel in the clear; use https (http is for 127.0.0.1 and localhost only)", base.Hostname())
	case base.Scheme != "https" && base.Scheme != "http":
		p.refuse(KeyBaseURL, "begins with %s: https, or http to this machine", base.Scheme)
	}
	return strings.TrimRight(text, "/")
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
