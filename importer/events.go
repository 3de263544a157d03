package importer

import (
	"encoding/binary"
	"slices"
	"strings"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/account"
	"github.com/minori-hq/minori/metric"
)

// MaxEventNames is how many different names of events one source brings in one
// run; more are data, not names.
const MaxEventNames = 2_000

// subjects are the ids that rows for the lake refer to.
type subjects struct {
	accounts      map[string]minori.ID
	persons       map[string]minori.ID
	subscriptions map[string]minori.ID // the subscription's account
}

// lakeMapper turns rows into events and points.
type lakeMapper struct {
	*record
	subjects *subjects

	account, subscription, person *slot
	name, actor, when, amount     *slot
	metric                        *slot
	names                         map[string]string
}

func newLakeMapper(r *record, s *subjects) *lakeMapper {
	return &lakeMapper{
		record: r, subjects: s, account: r.on("account"), subscription: r.on("subscription"), person: r.on("person"),
		name: r.on("name"), actor: r.on("actor"), when: r.on("time"), amount: r.on("value"), metric: r.on("metric"),
		names: map[string]string{},
	}
}

// subject finds whom the row is about.
func (m *lakeMapper) subject() minori.ID {
	var id minori.ID
	switch {
	case m.account != nil:
		if key := m.key(m.account); key != "" {
			if id = m.subjects.accounts[key]; id == 0 && !m.failed {
				m.failWith(m.account, account.UnknownAccount("account", key))
			}
		}
	case m.subscription != nil:
		if key := m.key(m.subscription); key != "" {
			if id = m.subjects.subscriptions[key]; id == 0 {
				m.fail(m.subscription, "there is no subscription with the id %q; import subscriptions first, or mend the id", clip(key))
			}
		}
	case m.person != nil:
		if key := m.key(m.person); key != "" {
			if id = m.subjects.persons[key]; id == 0 {
				m.fail(m.person, "there is no person with the id %q; import persons first, or mend the id", clip(key))
			}
		}
	}
	m.content = binary.AppendVarint(m.content, int64(id))
	return id
}

// key reads the id of a subject; the row needs one.
func (m *lakeMapper) key(s *slot) string {
	v, ok := m.get(s)
	if !ok {
		m.empty(s)
		return ""
	}
	return strings.TrimSpace(v.Text)
}

// event fills an event and adds its properties to a buffer.
func (m *lakeMapper) event(e *metric.EventRow, props []byte) []byte {
	e.Subject = m.subject()
	e.Name = m.eventName()
	e.Actor = m.text(m.actor)
	e.Time, _ = m.time(m.when)
	e.Day = m.here.DayOf(e.Time)
	e.Value, e.HasValue = m.float(m.amount)
	return m.properties(props)
}

// eventName gives the name as one string for all its events.
func (m *lakeMapper) eventName() string {
	name := m.text(m.name)
	if known, ok := m.names[name]; ok || m.failed {
		return known
	}
	if len(m.names) >= MaxEventNames {
		m.fail(m.name, "the file has more than %d different names of events; map name to what kind of event it is, and the rest to properties", MaxEventNames)
		return ""
	}
	name = strings.Clone(name)
	m.names[name] = name
	return name
}

// point fills a point of a counter or gauge.
func (m *lakeMapper) point(e *metric.PointRow) {
	e.Subject = m.subject()
	e.Metric = m.metricID()
	e.Time, _ = m.time(m.when)
	e.Day = m.here.DayOf(e.Time)
	e.Value, _ = m.float(m.amount)
	e.Labels = [metric.MaxLabels]string{}
}

func (m *lakeMapper) metricID() int64 {
	name := m.text(m.metric)
	if name == "" {
		return 0
	}
	ref, ok := m.p.metrics[name]
	switch {
	case ok && ref.Kind != metric.Event:
		return ref.ID
	case ok:
		m.fail(m.metric, "the metric %s is counted from events and takes no points; make its type counter or gauge", name)
	case metric.Reserved(name):
		m.fail(m.metric, "the metric %s is made from records and takes no points", clip(name))
	default:
		m.fail(m.metric, "there is no metric %q; define it with kind: Metric%s", clip(name), minori.DidYouMean(clip(name), m.metricNames()))
	}
	return 0
}

// metricNames gives the names of the metrics that take points.
func (m *lakeMapper) metricNames() []string {
	var names []string
	for name, ref := range m.p.metrics {
		if ref.Kind != metric.Event {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}
