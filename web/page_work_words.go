package web

import (
	"maps"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/action"
	"github.com/minori-hq/minori/metric"
	"github.com/minori-hq/minori/resource"
	"github.com/minori-hq/minori/scorecard"
	"github.com/minori-hq/minori/text"
	"github.com/minori-hq/minori/web/ui"
)

// wording writes names and values of definitions for one reader.
type wording struct {
	ui.View
	cfg *resource.Config
}

func (r *request) words() wording { return wording{View: r.View, cfg: r.Config} }

// titled gives a title, or the name where there is none.
func (w wording) titled(t minori.Text, name string) string {
	if s := w.Text(t); s != "" {
		return s
	}
	return name
}

func (w wording) measure(name string) string {
	if m, ok := w.cfg.Measure(name); ok {
		return w.titled(m.Def.Title, name)
	}
	return name
}

func (w wording) scorecard(name string) string {
	if c, ok := w.cfg.Scorecard(name); ok {
		return w.titled(c.Def.Title, name)
	}
	return name
}

func (w wording) rule(name string) string {
	if r, ok := w.cfg.Rule(name); ok {
		return w.titled(r.Def.Title, name)
	}
	return name
}

// number writes a number with as many decimals as can matter.
func (w wording) number(x float64) string {
	switch {
	case x == math.Trunc(x):
		return w.Number(x, 0)
	case math.Abs(x) < 10:
		return w.Number(x, 2)
	}
	return w.Number(x, 1)
}

// major gives an amount in the workspace's currency.
func (w wording) major(x float64) minori.Money {
	m, ok := minori.FromMajor(x, w.cfg.Workspace.Currency)
	if !ok {
		m.Currency = w.cfg.Workspace.Currency
	}
	return m
}

// quantity writes a number in its unit.
func (w wording) quantity(x float64, unit string) string {
	switch {
	case unit == w.cfg.Workspace.Currency || unit == unitMoney:
		return w.Money(w.major(x))
	case strings.Contains(unit, "–"): // a scale such as 0–10
		return w.number(x)
	}
	return writeUnit(w.View, x, w.unit(unit), w.cfg.Workspace.Currency)
}

// unit gives the reader's word for the commonest units of definitions.
func (w wording) unit(unit string) string {
	switch unit {
	case "per seat":
		return w.T("unit.per-seat")
	case "per 10 seats":
		return w.T("unit.per-ten-seats")
	case "uses per seat":
		return w.T("unit.uses-per-seat")
	case "runs per seat":
		return w.T("unit.runs-per-seat")
	case "tickets":
		return w.T("unit.tickets")
	case "hours", "h":
		return w.T("unit.hours")
	case "views":
		return w.T("unit.views")
	case "uses":
		return w.T("unit.uses")
	case "sessions":
		return w.T("unit.sessions")
	case "errors":
		return w.T("unit.errors")
	case "events":
		return w.T("unit.events")
	}
	return unit
}

// relative writes a day as seen from today, where it stands by itself.
func (w wording) relative(d minori.Day) string {
	return capital(w.Relative(d))
}

// capital begins a sentence.
func capital(s string) string {
	first, n := utf8.DecodeRuneInString(s)
	if n == 0 {
		return s
	}
	return string(unicode.ToUpper(first)) + s[n:]
}

// value writes a measure's value, or why there is none.
func (w wording) value(v metric.Value, unit string) string {
	if v.Reason != metric.Known {
		return reasonWord(w.View, v.Reason)
	}
	switch v.Type {
	case metric.Text:
		return v.Text
	case metric.Bool:
		return w.yesNo(v.Num != 0)
	}
	return w.quantity(v.Num, unit)
}

func (w wording) yesNo(yes bool) string {
	if yes {
		return w.T("word.yes")
	}
	return w.T("word.no")
}

// unscored says why a score is not known.
func (w wording) unscored(r scorecard.Reason) string {
	switch r {
	case scorecard.NoWeights:
		return w.T("unscored.no-weights")
	case scorecard.LowCoverage:
		return w.T("unscored.low-coverage")
	}
	return w.T("unscored.nothing-known")
}

// unitOf gives the unit of what a condition reads.
func (w wording) unitOf(name string) string {
	if m, ok := w.cfg.Measure(name); ok {
		return m.Def.Unit
	}
	switch name {
	case "account.arr":
		return w.cfg.Workspace.Currency
	case "account.age_days", "account.days_to_renewal", "person.tenure_days":
		return "days"
	}
	if f, ok := w.cfg.Field(name); ok {
		return f.Def.Unit
	}
	fn, _, _ := w.reading(name)
	switch fn {
	case "change":
		return "share"
	case "days_since", "active_days":
		return "days"
	}
	return ""
}

// reading takes apart what is written like a function call: sum("usage.login", "28d").
func (w wording) reading(name string) (fn, of, window string) {
	m := regexp.MustCompile(`^([a-z_]+)\((?:"((?:[^"\\]|\\.)*)"|'([^']*)')(?:, ?"(\w+)")?`).FindStringSubmatch(name)
	if m == nil {
		return "", "", ""
	}
	return m[1], strings.ReplaceAll(m[2]+m[3], `\"`, `"`), m[4]
}

// source says in words what a condition reads.
func (w wording) source(name string) string {
	switch name {
	case "account.arr":
		return w.T("field.arr")
	case "account.age_days":
		return w.T("field.age")
	case "account.days_to_renewal":
		return w.T("field.renewal")
	}
	if _, ok := w.cfg.Measure(name); ok {
		return w.measure(name)
	}
	if f, ok := w.cfg.Field(name); ok {
		return w.titled(f.Def.Title, name)
	}
	fn, of, window := w.reading(name)
	switch fn {
	case "score":
		return w.scorecard(of)
	case "band":
		return w.T("evidence.band", "of", w.scorecard(of))
	case "score_change":
		return w.T("evidence.change", "of", w.scorecard(of), "window", w.window(window))
	case "open_calls":
		return w.T("evidence.open-calls")
	case "":
		return name
	}
	metricName, filter, _ := strings.Cut(of, "{")
	m, ok := w.cfg.Metric(metricName)
	if !ok {
		return name
	}
	title := w.titled(m.Def.Title, metricName)
	if filter != "" {
		title += " (" + strings.TrimSuffix(filter, "}") + ")"
	}
	return w.function(fn, title, w.window(window), name)
}

// function says what is taken of a metric.
func (w wording) function(fn, of, window, otherwise string) string {
	switch fn {
	case "sum", "count", "per":
		return w.T("evidence.sum", "of", of, "window", window)
	case "avg":
		return w.T("evidence.avg", "of", of, "window", window)
	case "min":
		return w.T("evidence.min", "of", of, "window", window)
	case "max":
		return w.T("evidence.max", "of", of, "window", window)
	case "actors":
		return w.T("evidence.actors", "of", of, "window", window)
	case "active_days":
		return w.T("evidence.active-days", "of", of, "window", window)
	case "change":
		return w.T("evidence.change", "of", of, "window", window)
	case "slope":
		return w.T("evidence.slope", "of", of, "window", window)
	case "days_since":
		return w.T("evidence.days-since", "of", of)
	case "last":
		return of
	}
	return otherwise
}

// window writes a window such as 28d.
func (w wording) window(s string) string {
	win, err := minori.ParseWindow(s)
	if err != nil {
		return s
	}
	if win.Unit == minori.Months {
		return w.T("unit.months", "count", win.N)
	}
	return w.Count(win.N, text.Days)
}

// evidence writes a value that a rule read when it opened a call.
func (w wording) evidence(e action.Evidence) string {
	switch {
	case e.Num != nil:
		return w.quantity(*e.Num, w.unitOf(e.Name))
	case e.Text != nil:
		if fn, _, _ := w.reading(e.Name); fn == "band" {
			return bandName(w.View, ui.Band(*e.Text))
		}
		return *e.Text
	case e.Bool != nil:
		return w.yesNo(*e.Bool)
	}
	return w.T("value.unknown")
}

// health gives a score for the badge.
func (w wording) health(score *float64, band string) ui.HealthProps {
	p := ui.HealthProps{Band: ui.Band(band)}
	if score != nil {
		p.Score = w.Number(*score, 0)
	}
	return p
}

// trimmed writes a weight or a bound without zeros at its end.
func trimmed(x float64) string { return strconv.FormatFloat(x, 'f', -1, 64) }

// bandName gives the word for a band, also for none.
func bandName(v ui.View, b ui.Band) string {
	if b == "" || b == ui.UnknownBand {
		return v.T("band.unknown")
	}
	return bandWord(v, b)
}

// sortedKeys gives the keys of a map in order.
func sortedKeys[T any](m map[string]T) []string { return slices.Sorted(maps.Keys(m)) }
