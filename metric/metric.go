// Package metric holds what can be counted about a subject and how it is
// asked for: metric definitions, the facts that flow into the lake, and the
// query value, which is the lake's only question.
package metric

import (
	"fmt"
	"sort"
	"strings"

	minori "github.com/minori-hq/minori"
)

// Kind of a metric.
type Kind string

// The kinds.
const (
	Counter Kind = "counter" // points add up
	Gauge   Kind = "gauge"   // the last point counts until the next
	Event   Kind = "event"   // counted from events by name and filter
)

// Limits of labels, as semantics has them.
const (
	MaxLabels      = 3
	MaxLabelValues = 1000
	OtherLabel     = "other" // stands for the values beyond MaxLabelValues
)

// Metric is the definition of a metric.
type Metric struct {
	Name  string
	Title minori.Text
	Kind  Kind
	Unit  string
	From  *From // for Kind Event
	// FreshWithin is how old the latest point over all subjects may be before
	// the metric is stale; the zero Window means it never is.
	FreshWithin minori.Window
	// AbsentZero makes a subject without any point 0 instead of unknown.
	AbsentZero bool
	By         []string // labels one may filter on: names of properties
	// BuiltIn marks metrics that come from records (tickets, churn, ...) and
	// cannot be defined by a file.
	BuiltIn bool
}

// From says which events an event metric counts.
type From struct {
	Event  string // name of the event
	Sum    string // property to sum; "" counts events
	Where  string // CEL condition over properties; "" for all
	Actors bool   // count distinct actors
}

// Ref is a metric as the lake knows it.
type Ref struct {
	ID         int64
	Name       string
	Kind       Kind
	AbsentZero bool
	By         []string
	Actors     bool // actors are kept
	Fresh      minori.Window
}

// Key is a metric's name with an optional filter on labels, as written in
// expressions: ticket.opened{priority="urgent"}.
type Key struct {
	Name   string
	Filter map[string]string
}

// String writes the key in its one canonical form, labels sorted.
func (k Key) String() string {
	if len(k.Filter) == 0 {
		return k.Name
	}
	labels := make([]string, 0, len(k.Filter))
	for l, v := range k.Filter {
		labels = append(labels, fmt.Sprintf("%s=%q", l, v))
	}
	sort.Strings(labels)
	return k.Name + "{" + strings.Join(labels, ",") + "}"
}
