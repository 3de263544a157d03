package metric

import (
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	minori "github.com/minori-hq/minori"
)

// MaxWhere is the longest condition on events, in bytes.
const MaxWhere = 4096

// ParseKey reads a metric's name with an optional filter, as written in
// expressions: ticket.opened{priority="urgent"}. It does not know which
// metrics or labels exist.
func ParseKey(s string) (Key, error) {
	name, rest, filtered := strings.Cut(s, "{")
	k := Key{Name: strings.TrimSpace(name)}
	if !minori.ValidName(k.Name) {
		return Key{}, minori.Errorf(minori.Invalid,
			"%q is not a metric's name: use lower case letters, digits, '.', '-' and '_', starting with a letter or digit", clip(k.Name))
	}
	if !filtered {
		return k, nil
	}
	k.Filter = map[string]string{}
	for {
		label, value, after, err := parseLabel(rest)
		if err != nil {
			return Key{}, err
		}
		if _, twice := k.Filter[label]; twice {
			return Key{}, minori.Errorf(minori.Invalid, "the label %q is filtered on twice", label)
		}
		k.Filter[label] = value
		switch {
		case strings.HasPrefix(after, ","):
			rest = after[1:]
		case after == "}":
			return k, nil
		default:
			return Key{}, filterError(after)
		}
	}
}

// parseLabel reads label="value" and gives what follows, without spaces around it.
func parseLabel(s string) (label, value, rest string, err error) {
	label, rest, ok := strings.Cut(s, "=")
	label = strings.TrimSpace(label)
	if !ok || !ValidLabel(label) {
		return "", "", "", filterError(s)
	}
	rest = strings.TrimSpace(rest)
	quoted, err := strconv.QuotedPrefix(rest)
	if err != nil || quoted[0] != '"' {
		return "", "", "", filterError(rest)
	}
	value, err = strconv.Unquote(quoted)
	if err != nil {
		return "", "", "", filterError(rest)
	}
	return label, value, strings.TrimSpace(rest[len(quoted):]), nil
}

// filterError says how a filter is written and where reading it stopped.
func filterError(at string) error {
	return minori.Errorf(minori.Invalid, "the filter cannot be read at %q: write name{label=\"value\"}", clip(at))
}

// clip shortens a text for messages.
func clip(s string) string {
	if len(s) <= 40 {
		return s
	}
	return strings.ToValidUTF8(s[:40], "") + "…"
}

// ValidLabel reports whether s can name a label: the name of a property made
// of letters, digits, '_', '-' and '.', starting with a letter or '_', at most
// 100 bytes.
func ValidLabel(s string) bool {
	if s == "" || len(s) > 100 {
		return false
	}
	for i := range len(s) {
		c := s[i]
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c == '_':
		case i > 0 && (c >= '0' && c <= '9' || c == '-' || c == '.'):
		default:
			return false
		}
	}
	return true
}

// Validate reports everything wrong with the definition as minori.Errors,
// each naming its field. It does not read From.Where, which is an expression.
func (m Metric) Validate() error {
	var errs minori.Errors
	bad := func(field, format string, args ...any) {
		e := minori.Errorf(minori.Invalid, format, args...)
		e.Field = field
		errs = append(errs, e)
	}
	switch {
	case !minori.ValidName(m.Name):
		bad("name", "%q cannot name a metric: use lower case letters, digits, '.', '-' and '_', starting with a letter or digit", clip(m.Name))
	case !m.BuiltIn && Reserved(m.Name):
		bad("name", "the metric %q is made from records and cannot be defined", m.Name)
	}
	kinds := []string{string(Counter), string(Gauge), string(Event)}
	if !slices.Contains(kinds, string(m.Kind)) {
		bad("type", "%q is not a type of metric (counter, gauge, event)%s", clip(string(m.Kind)), minori.DidYouMean(clip(string(m.Kind)), kinds))
	}
	m.validateFrom(bad)
	if w := m.FreshWithin; w != (minori.Window{}) && (w.N < 1 || w.Unit != minori.Days && w.Unit != minori.Months) {
		bad("fresh_within", "fresh_within is not a window: write a number of at least 1 and d, w, m, q or y, such as \"7d\"")
	}
	if m.AbsentZero && m.Kind == Gauge {
		bad("absent", "absent: zero is for counters and events; a gauge is unknown before its first point")
	}
	m.validateBy(bad)
	return errs.OrNil()
}

// validateFrom checks what an event metric counts.
func (m Metric) validateFrom(bad func(field, format string, args ...any)) {
	switch {
	case m.Kind != Event:
		if m.From != nil {
			bad("from", "from is only for metrics of type event")
		}
	case m.From == nil:
		bad("from", "a metric of type event says from which events: from: {event: name}")
	case m.From.Event == "":
		bad("from.event", "from needs the name of the event")
	case m.From.Sum != "" && m.From.Actors:
		bad("from.actors", "a metric either sums a property or counts actors, not both")
	case len(m.From.Where) > MaxWhere:
		bad("from.where", "the condition is longer than %d bytes", MaxWhere)
	}
}

// validateBy checks the labels.
func (m Metric) validateBy(bad func(field, format string, args ...any)) {
	if len(m.By) > MaxLabels {
		bad("by", "a metric has at most %d labels, here are %d", MaxLabels, len(m.By))
	}
	for i, l := range m.By {
		switch {
		case !ValidLabel(l):
			bad("by", "%q cannot be a label: use letters, digits, '_', '-' and '.', starting with a letter or '_'", clip(l))
		case slices.Contains(m.By[:i], l):
			bad("by", "the label %q stands twice", l)
		}
	}
}

// BuiltIns gives the metrics that records make from the start. Metrics named
// interaction.<type> and survey.<survey>.score come into being with the data.
func BuiltIns() []Metric {
	ticket := func(name string, kind Kind, unit, en, ja string) Metric {
		return Metric{
			Name: name, Kind: kind, Unit: unit, BuiltIn: true, By: []string{"priority"},
			Title: minori.Text{minori.EN: en, minori.JA: ja},
		}
	}
	return []Metric{
		ticket("ticket.opened", Counter, "tickets", "Tickets opened", "新規の問い合わせ"),
		ticket("ticket.closed", Counter, "tickets", "Tickets closed", "解決した問い合わせ"),
		ticket("ticket.open", Gauge, "tickets", "Open tickets", "未解決の問い合わせ"),
		ticket("ticket.resolution_hours", Counter, "hours", "Hours to resolution", "解決までの時間"),
		ticket("ticket.first_response_minutes", Counter, "minutes", "Minutes to first response", "初回応答までの時間(分)"),
		ticket("ticket.csat", Counter, "points", "Ticket satisfaction", "問い合わせの満足度"),
		{
			Name: "churn.happened", Kind: Counter, Unit: "churns", BuiltIn: true, By: []string{"reason"},
			Title: minori.Text{minori.EN: "Churn", minori.JA: "解約"},
		},
	}
}

// BuiltIn gives the built-in metric of a name, also for names of interactions
// and surveys that have not come into being yet.
func BuiltIn(name string) (Metric, bool) {
	for _, m := range BuiltIns() {
		if m.Name == name {
			return m, true
		}
	}
	if t, ok := strings.CutPrefix(name, "interaction."); ok && minori.ValidName(t) {
		return Metric{Name: name, Title: talkTitle(t), Kind: Counter, Unit: "interactions", BuiltIn: true}, true
	}
	if t, ok := strings.CutPrefix(name, "survey."); ok {
		if t, ok = strings.CutSuffix(t, ".score"); ok && minori.ValidName(t) {
			return Metric{Name: name, Title: surveyTitle(t), Kind: Gauge, Unit: "score", BuiltIn: true}, true
		}
	}
	return Metric{}, false
}

// talkTitle names interactions of a type.
func talkTitle(typ string) minori.Text {
	switch typ {
	case "call":
		return minori.Text{minori.EN: "Calls", minori.JA: "通話"}
	case "email":
		return minori.Text{minori.EN: "E-mails", minori.JA: "メール"}
	case "meeting":
		return minori.Text{minori.EN: "Meetings", minori.JA: "会議"}
	case "review":
		return minori.Text{minori.EN: "Business reviews", minori.JA: "ビジネスレビュー"}
	case "note":
		return minori.Text{minori.EN: "Notes", minori.JA: "メモ"}
	}
	return minori.Plain(typ)
}

// surveyTitle names the answers to a survey.
func surveyTitle(survey string) minori.Text {
	switch survey {
	case "nps":
		return minori.Text{minori.EN: "NPS answers", minori.JA: "NPSの回答"}
	case "csat":
		return minori.Text{minori.EN: "CSAT answers", minori.JA: "CSATの回答"}
	case "ces":
		return minori.Text{minori.EN: "CES answers", minori.JA: "CESの回答"}
	}
	return minori.Plain(survey)
}

// Reserved reports whether records make the metric of this name, so that no
// file can define it.
func Reserved(name string) bool {
	if strings.HasPrefix(name, "interaction.") || strings.HasPrefix(name, "survey.") && strings.HasSuffix(name, ".score") {
		return true
	}
	return slices.ContainsFunc(BuiltIns(), func(m Metric) bool { return m.Name == name })
}

// NumberPattern is the whole of what a text must look like to spell a number.
const NumberPattern = `[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?`

// ParseNumber gives the number a text spells, as OpNumber reads it: a decimal
// number with an optional exponent, without spaces (see NumberPattern). Other
// texts are NoValue, numbers too large NotFinite.
func ParseNumber(s string) (float64, Reason) {
	if !numberForm(s) {
		return 0, NoValue
	}
	x, err := strconv.ParseFloat(s, 64)
	if math.IsInf(x, 0) {
		return 0, NotFinite
	}
	if err != nil {
		return 0, NoValue
	}
	return x, Known
}

// numberForm reports whether all of s matches NumberPattern.
func numberForm(s string) bool {
	ok, err := regexp.MatchString("^("+NumberPattern+")$", s)
	return err == nil && ok
}
