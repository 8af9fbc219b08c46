package intercom

import (
	"fmt"
	"strings"
)

// Region is where a workspace's data lives. The zero Region means that nobody
// has said yet.
type Region string

// The regions that Intercom hosts workspaces in, as GET /me spells them.
const (
	US Region = "US"
	EU Region = "EU"
	AU Region = "AU"
)

// ParseRegion reads a region in any case, with spaces around it.
func ParseRegion(s string) (Region, error) {
	switch r := Region(strings.ToUpper(strings.TrimSpace(s))); r {
	case US, EU, AU:
		return r, nil
	}
	return "", fmt.Errorf("region must be US, EU or AU, not %q", clip(s, 40))
}

// BaseURL returns the root of the region's API, without a slash at its end. A
// region that is not one of Intercom's has the United States' host, which
// passes calls on to the right region.
func (r Region) BaseURL() string {
	switch r {
	case EU:
		return "https://api.eu.intercom.io"
	case AU:
		return "https://api.au.intercom.io"
	}
	return "https://api.intercom.io"
}
