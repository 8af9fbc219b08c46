package configuration

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"intercom-connector/intercom"
	"intercom-connector/intercom/transport"
	"intercom-connector/internal/secret"
)

// Error is a value that cannot be used. It names the key and says what
// the value should look like; it never quotes a secret.
type Error struct {
	Key  string
	Want string
}

func (e *Error) Error() string { return e.Key + ": " + e.Want }

// Parse checks a configuration as Fivetran sends it. All that is wrong
// with it is in the error, joined, each a *Error. A key that is absent,
// or holds only white space, has its default.
func Parse(values map[string]string) (Settings, error) {
	p := parser{values: values, secrets: &secret.Set{}}
	p.secrets.Add(values[KeyToken])
	config := Settings{
		Token:          p.token(),
		AppID:          p.text(KeyAppID),
		ClientID:       p.text(KeyClientID),
		Datasets:       p.datasets(),
		Start:          p.start(),
		Window:         p.window(),
		LookbackDays:   p.number(KeyLookback, DefaultLookbackDays, 0, maxLookbackDays, "days"),
		Send:           p.send(),
		StateLimit:     p.number(KeyStateLimit, DefaultStateLimit, 1, maxStateLimit, "megabytes") << 20,
		RemoveVanished: p.removeVanished(),
		Region:         p.region(),
		Timezone:       p.timezone(),
		ParallelJobs:   p.number(KeyParallelJobs, DefaultParallelJobs, 1, MaxParallelJobs, "jobs"),
		PrimaryKeys:    p.primaryKeys(),
		Memberships:    p.memberships(),
		Engagement:     p.engagement(),
		Lookups:        p.lookups(),
		BaseURL:        p.baseURL(),
		Unknown:        p.unknown(),
	}
	config.Attributes = p.attributes(config.Datasets)
	if config.RemoveVanished && (config.Send != SendChanged || config.LookbackDays == 0) {
		p.refuse(KeyVanished, "is true: this needs %s of %q and a look-back, by which it is known what was there", KeySend, SendChanged)
	}
	p.strangers(KeyPrimaryKeys, config.PrimaryKeys, config.Datasets)
	return config, errors.Join(p.errs...)
}

// As much as a person reads of what is wrong.
const (
	maxErrors = 20
	maxWant   = 1000 // bytes of each
)

// parser collects what is wrong instead of stopping at the first.
type parser struct {
	values  map[string]string
	secrets *secret.Set // the token, which somebody may have pasted into another key
	errs    []error
}

func (p *parser) refuse(key, format string, args ...any) {
	if len(p.errs) < maxErrors {
		p.errs = append(p.errs, &Error{Key: key, Want: transport.Clip(p.secrets.Scrub(fmt.Sprintf(format, args...)), maxWant)})
	}
}

func (p *parser) text(key string) string { return strings.TrimSpace(p.values[key]) }

func (p *parser) token() string {
	if p.text(KeyToken) == "" {
		p.refuse(KeyToken, "is required: an access token of your Intercom app (Settings > Integrations > Developer Hub > your app > Configure > Authentication)")
		return ""
	}
	if strings.HasPrefix(p.text(KeyToken), "paste the access token") {
		p.refuse(KeyToken, "is still the text of the example: put the access token of your Intercom app in its place")
		return ""
	}
	token, err := intercom.CheckToken(p.values[KeyToken])
	if err != nil {
		p.refuseAs(KeyToken, err)
	}
	return token
}

// baseURL is the address of Intercom's API, or of what stands in its place.
func (p *parser) baseURL() string {
	text := p.text(KeyBaseURL)
	if text == "" {
		return ""
	}
	base, err := intercom.ParseBaseURL(text)
	if err != nil {
		p.refuseAs(KeyBaseURL, err)
		return ""
	}
	return base.String()
}

// refuseAs refuses a value in the words of an error that begins with its key.
func (p *parser) refuseAs(key string, err error) {
	p.refuse(key, "%s", strings.TrimPrefix(err.Error(), key+" "))
}

func (p *parser) datasets() []string {
	text := p.text(KeyDatasets)
	if text == "" {
		return []string{DefaultDataset}
	}
	var ids []string
	seen := map[string]bool{}
	for id := range strings.SplitSeq(text, ",") {
		id = strings.TrimSpace(id)
		switch {
		case id == "":
			p.refuse(KeyDatasets, "has an empty name in %q: one dataset id, several separated by commas, or \"all\"", text)
			return nil
		case id == AllDatasets && text != AllDatasets:
			p.refuse(KeyDatasets, "is \"all\" or a list, not both: %q", text)
			return nil
		case id == AllDatasets:
			return nil
		case !seen[id]:
			seen[id] = true
			ids = append(ids, id)
		}
		if len(id) > maxName || len(ids) > maxNames {
			p.refuse(KeyDatasets, "has a name of more than %d bytes, or more than %d names", maxName, maxNames)
			return nil
		}
	}
	return ids
}

func (p *parser) window() time.Duration {
	if text := p.text(KeyWindow); text == "" || text == Automatic {
		return 0
	}
	seconds := p.number(KeyWindow, 0, int(minWindow.Seconds()), int(MaxWindow.Seconds()), "seconds, or empty for Automatic windows")
	return time.Duration(seconds) * time.Second
}

func (p *parser) number(key string, absent, low, high int, unit string) int {
	text := p.text(key)
	if text == "" {
		return absent
	}
	number, err := strconv.Atoi(text)
	if err != nil || number < low || number > high {
		p.refuse(key, "is %q: a whole number of %s, from %d to %d", text, unit, low, high)
		return absent
	}
	return number
}

func (p *parser) region() intercom.Region {
	text := p.text(KeyRegion)
	if text == "" || strings.EqualFold(text, Automatic) {
		return ""
	}
	region, err := intercom.ParseRegion(text)
	if err != nil {
		p.refuse(KeyRegion, "is %q: US, EU or AU, or empty to ask Intercom", text)
	}
	return region
}

func (p *parser) timezone() *time.Location {
	text := p.text(KeyTimezone)
	if text == "" || strings.EqualFold(text, Automatic) {
		return nil
	}
	zone, err := time.LoadLocation(text)
	if err != nil || text == "Local" {
		p.refuse(KeyTimezone, "is %q: an IANA name such as Europe/Dublin or America/New_York, or empty for the workspace's", text)
		return nil
	}
	return zone
}

func (p *parser) send() Send {
	switch choice := Send(strings.ToLower(p.text(KeySend))); choice {
	case "", SendChanged:
		return SendChanged
	case SendAll:
		return SendAll
	default:
		p.refuse(KeySend, "is %q: changed or all", p.text(KeySend))
		return SendChanged
	}
}

func (p *parser) removeVanished() bool {
	text := p.text(KeyVanished)
	if text == "" {
		return false
	}
	remove, err := strconv.ParseBool(strings.ToLower(text))
	if err != nil {
		p.refuse(KeyVanished, "is %q: true or false", text)
	}
	return remove
}

func (p *parser) engagement() bool {
	switch choice := strings.ToLower(p.text(KeyEngagement)); choice {
	case "", EngagementNone:
		return false
	case EngagementOn:
		return true
	default:
		p.refuse(KeyEngagement, "is %q: %s or %s", p.text(KeyEngagement), EngagementNone, EngagementOn)
		return false
	}
}

func (p *parser) memberships() Memberships {
	switch choice := Memberships(strings.ToLower(p.text(KeyMemberships))); choice {
	case "":
		return MembershipsNone
	case MembershipsNone, MembershipsCurrent, MembershipsChanged, MembershipsDaily:
		return choice
	default:
		p.refuse(KeyMemberships, "is %q: none, current, changed or daily", p.text(KeyMemberships))
		return MembershipsNone
	}
}

func (p *parser) lookups() bool {
	switch choice := strings.ToLower(p.text(KeyLookups)); choice {
	case "", LookupsOn:
		return true
	case LookupsNone:
	default:
		p.refuse(KeyLookups, "is %q: on or none", p.text(KeyLookups))
	}
	return false
}

// unknown are the keys that nobody here knows.
func (p *parser) unknown() []string {
	var unknown []string
	for key := range p.values {
		if !slices.Contains(Keys(), key) {
			unknown = append(unknown, key)
		}
	}
	slices.Sort(unknown)
	return unknown
}
