package message

import (
	"strings"

	"github.com/minori-hq/minori/ingest"
)

// hog is what the properties of a PostHog event say beyond themselves.
type hog struct {
	distinct              string // distinct_id where it is not beside the properties
	device, before, alias string // $device_id, $anon_distinct_id, alias
	groupType, groupKey   string
	set, setOnce          string
	groupSet              string
	groups                [4]string // keys in $groups: by groupTypes, then of any other type
	others                int       // groups of other types
}

// groupTypes are the types of PostHog groups that stand for an account, the
// first one that an event has counts.
func groupTypes() [3]string { return [...]string{"company", "account", "organization"} }

// hogField reads the value of one key of an event in PostHog's format.
func (r *reader) hogField(name string) (err error) {
	m := &r.m
	switch name {
	case "event":
		m.event, err = r.text(name, false)
	case "uuid":
		m.id, err = r.text(name, true)
	case "distinct_id", "$distinct_id":
		m.user, err = r.text("distinct_id", true)
	case "timestamp":
		m.timestamp, err = r.text(name, false)
	case "sent_at":
		m.sent, err = r.plain()
	case "properties":
		err = r.hogProperties()
	case "$set":
		m.hog.set, err = r.properties(name)
	case "api_key", "token":
		r.out.Key, err = r.plain()
	default:
		err = r.json.SkipValue()
	}
	return err
}

// hogProperties reads the properties and what they say beyond themselves.
func (r *reader) hogProperties() error {
	if r.json.PeekKind() != '{' {
		_, err := r.properties("properties")
		return err
	}
	from := r.base + int(r.json.InputOffset())
	if err := r.object(r.hogProperty); err != nil {
		return err
	}
	raw := r.out.text[from : r.base+int(r.json.InputOffset())]
	r.m.properties = r.m.whole("properties", raw[strings.IndexByte(raw, '{'):])
	return nil
}

// hogProperty reads the value of one property.
func (r *reader) hogProperty(name string) (err error) {
	h, field := &r.m.hog, "properties."+name
	switch name {
	case "distinct_id":
		h.distinct, err = r.text(field, true)
	case "token":
		r.out.Key, err = r.plain()
	case "$device_id":
		h.device, err = r.text(field, true)
	case "$anon_distinct_id":
		h.before, err = r.text(field, true)
	case "alias":
		h.alias, err = r.plain()
	case "$group_type":
		h.groupType, err = r.text(field, false)
	case "$group_key":
		h.groupKey, err = r.text(field, true)
	case "$set":
		h.set, err = r.properties(field)
	case "$set_once":
		h.setOnce, err = r.properties(field)
	case "$group_set":
		h.groupSet, err = r.properties(field)
	case "$groups":
		err = r.hogGroups()
	default:
		err = r.json.SkipValue()
	}
	return err
}

// hogGroups reads which groups an event belongs to.
func (r *reader) hogGroups() error {
	if r.json.PeekKind() != '{' {
		return r.json.SkipValue()
	}
	h := &r.m.hog
	return r.object(func(name string) error {
		key, err := r.text("properties.$groups", true)
		for i, t := range groupTypes() {
			if name == t {
				h.groups[i] = key
				return err
			}
		}
		h.groups[3] = key
		h.others++
		return err
	})
}

// account is the account of the event: a group of a type that stands for one,
// else the only group.
func (h *hog) account() string {
	for _, key := range h.groups[:3] {
		if key != "" {
			return key
		}
	}
	if h.others == 1 {
		return h.groups[3]
	}
	return ""
}

// fromHog says in Segment's terms what a PostHog event means.
func (m *fields) fromHog() {
	h := &m.hog
	if m.user == "" {
		m.user = h.distinct
	}
	switch {
	case m.event == "":
		m.refuse("event", ingest.ReasonMissing)
	case m.user == "":
		m.refuse("distinct_id", ingest.ReasonMissing)
	}
	m.account = h.account()
	m.traits = h.set
	if m.traits == "" {
		m.traits = h.setOnce
	}
	switch m.event {
	case "$identify", "$set":
		m.kind, m.anonymous = ingest.Identify, h.before
	case "$create_alias":
		m.kind, m.previous = ingest.Alias, h.alias
		if h.alias == "" {
			m.refuse("properties.alias", ingest.ReasonMissing)
		}
	case "$groupidentify":
		m.groupFromHog()
	case "$pageview":
		m.kind = ingest.Page
	case "$screen":
		m.kind = ingest.Screen
	default:
		m.kind = ingest.Track
	}
	if h.device != "" && m.user == h.device { // a browser nobody has signed in on
		m.user, m.anonymous = "", m.user
	}
}

// groupFromHog makes the event that describes a group. The event's own id is
// made up by PostHog's clients and stands for nobody.
func (m *fields) groupFromHog() {
	h := &m.hog
	m.kind, m.group, m.traits, m.user = ingest.Group, h.groupKey, h.groupSet, ""
	if h.groupKey == "" {
		m.refuse("properties.$group_key", ingest.ReasonMissing)
	}
	for _, t := range groupTypes() {
		if h.groupType == t {
			return
		}
	}
	m.refuse("properties.$group_type", ingest.ReasonGroupType)
}
