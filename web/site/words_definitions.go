package site

import (
	"cmp"
	"maps"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/account"
	"github.com/minori-hq/minori/action"
	"github.com/minori-hq/minori/metric"
	"github.com/minori-hq/minori/resource"
	"github.com/minori-hq/minori/scorecard"
	"github.com/minori-hq/minori/text"
	"github.com/minori-hq/minori/web/ui"
)

// Wording writes names and values of definitions for one reader.
type Wording struct {
	ui.View
	Config *resource.Config
}

// Titled gives a title, or the name where there is none.
func (w Wording) Titled(t minori.Text, name string) string {
	if s := w.Text(t); s != "" {
		return s
	}
	return name
}

// Measure gives the title of a measure.
func (w Wording) Measure(name string) string {
	if m, ok := w.Config.Measure(name); ok {
		return w.Titled(m.Def.Title, name)
	}
	return name
}

// Scorecard gives the title of a scorecard.
func (w Wording) Scorecard(name string) string {
	if c, ok := w.Config.Scorecard(name); ok {
		return w.Titled(c.Def.Title, name)
	}
	return name
}

// Rule gives the title of a rule.
func (w Wording) Rule(name string) string {
	if r, ok := w.Config.Rule(name); ok {
		return w.Titled(r.Def.Title, name)
	}
	return name
}

// Plain writes a number with as many decimals as can matter.
func (w Wording) Plain(x float64) string {
	switch {
	case x == math.Trunc(x):
		return w.Number(x, 0)
	case math.Abs(x) < 10:
		return w.Number(x, 2)
	}
	return w.Number(x, 1)
}

// Major gives an amount in the workspace's currency.
func (w Wording) Major(x float64) minori.Money {
	m, ok := minori.FromMajor(x, w.Config.Workspace.Currency)
	if !ok {
		m.Currency = w.Config.Workspace.Currency
	}
	return m
}

// Quantity writes a number in its unit.
func (w Wording) Quantity(x float64, unit string) string {
	switch {
	case unit == w.Config.Workspace.Currency || unit == unitMoney:
		return w.Money(w.Major(x))
	case strings.Contains(unit, "–"): // a scale such as 0–10
		return w.Plain(x)
	}
	return writeUnit(w.View, x, unit, w.Config.Workspace.Currency)
}

// Capital begins a sentence.
func Capital(s string) string {
	first, n := utf8.DecodeRuneInString(s)
	if n == 0 {
		return s
	}
	return string(unicode.ToUpper(first)) + s[n:]
}

// Value writes a measure's value, or why there is none.
func (w Wording) Value(v metric.Value, unit string) string {
	if v.Reason != metric.Known {
		return ReasonWord(w.View, v.Reason)
	}
	switch v.Type {
	case metric.Text:
		return v.Text
	case metric.Bool:
		return w.YesNo(v.Num != 0)
	}
	return w.Quantity(v.Num, unit)
}

// YesNo writes what is true or not.
func (w Wording) YesNo(yes bool) string {
	if yes {
		return w.T("word.yes")
	}
	return w.T("word.no")
}

// Unscored says why a score is not known.
func (w Wording) Unscored(r scorecard.Reason) string {
	switch r {
	case scorecard.NoWeights:
		return w.T("unscored.no-weights")
	case scorecard.LowCoverage:
		return w.T("unscored.low-coverage")
	}
	return w.T("unscored.nothing-known")
}

// UnitOf gives the unit of what a condition reads.
func (w Wording) UnitOf(name string) string {
	if m, ok := w.Config.Measure(name); ok {
		return m.Def.Unit
	}
	switch name {
	case "account.arr":
		return w.Config.Workspace.Currency
	case "account.age_days", "account.days_to_renewal", "person.tenure_days":
		return "days"
	}
	if f, ok := w.Config.Field(name); ok {
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
func (w Wording) reading(name string) (fn, of, window string) {
	m := regexp.MustCompile(`^([a-z_]+)\((?:"((?:[^"\\]|\\.)*)"|'([^']*)')(?:, ?"(\w+)")?`).FindStringSubmatch(name)
	if m == nil {
		return "", "", ""
	}
	return m[1], strings.ReplaceAll(m[2]+m[3], `\"`, `"`), m[4]
}

// Source says in words what a condition reads.
func (w Wording) Source(name string) string {
	switch name {
	case "account.arr":
		return w.T("field.arr")
	case "account.age_days":
		return w.T("field.age")
	case "account.days_to_renewal":
		return w.T("field.renewal")
	}
	if _, ok := w.Config.Measure(name); ok {
		return w.Measure(name)
	}
	if f, ok := w.Config.Field(name); ok {
		return w.Titled(f.Def.Title, name)
	}
	fn, of, window := w.reading(name)
	switch fn {
	case "score":
		return w.Scorecard(of)
	case "band":
		return w.T("evidence.band", "of", w.Scorecard(of))
	case "score_change":
		return w.T("evidence.change", "of", w.Scorecard(of), "window", w.window(window))
	case "open_calls":
		return w.T("evidence.open-calls")
	case "":
		return name
	}
	metricName, filter, _ := strings.Cut(of, "{")
	m, ok := w.Config.Metric(metricName)
	if !ok {
		return name
	}
	title := w.Titled(m.Def.Title, metricName)
	if filter != "" {
		title += " (" + strings.TrimSuffix(filter, "}") + ")"
	}
	return w.function(fn, title, w.window(window), name)
}

// function says what is taken of a metric.
func (w Wording) function(fn, of, window, otherwise string) string {
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
func (w Wording) window(s string) string {
	win, err := minori.ParseWindow(s)
	if err != nil {
		return s
	}
	if win.Unit == minori.Months {
		return w.T("unit.months", "count", win.N)
	}
	return w.Count(win.N, text.Days)
}

// Evidence writes a value that a rule read when it opened a call.
func (w Wording) Evidence(e action.Evidence) string {
	switch {
	case e.Num != nil:
		return w.Quantity(*e.Num, w.UnitOf(e.Name))
	case e.Text != nil:
		if fn, _, _ := w.reading(e.Name); fn == "band" {
			return BandName(w.View, ui.Band(*e.Text))
		}
		return *e.Text
	case e.Bool != nil:
		return w.YesNo(*e.Bool)
	}
	return w.T("value.unknown")
}

// Health gives a score for the badge.
func (w Wording) Health(score *float64, band string) ui.HealthProps {
	p := ui.HealthProps{Band: ui.Band(band)}
	if score != nil {
		p.Score = w.Number(*score, 0)
	}
	return p
}

// Trimmed writes a weight or a bound without zeros at its end.
func Trimmed(x float64) string { return strconv.FormatFloat(x, 'f', -1, 64) }

// BandName gives the word for a band, also for none.
func BandName(v ui.View, b ui.Band) string {
	if b == "" || b == ui.UnknownBand {
		return v.T("band.unknown")
	}
	return BandWord(v, b)
}

// SortedKeys gives the keys of a map in order.
func SortedKeys[T any](m map[string]T) []string { return slices.Sorted(maps.Keys(m)) }

// BandWord gives the word for a band.
func BandWord(v ui.View, b ui.Band) string {
	switch b {
	case ui.Green:
		return v.T("band.green")
	case ui.Yellow:
		return v.T("band.yellow")
	case ui.Red:
		return v.T("band.red")
	}
	return string(b)
}

// LabelName gives a name, or the key where there is none.
func LabelName(l account.Label) string { return cmp.Or(l.Name, l.Key) }

// Author writes who did something.
func (w Wording) Author(name string) string {
	if name == minori.System().Name {
		return w.T("word.system")
	}
	return name
}
