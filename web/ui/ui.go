// Package ui is the design system of the web interface: typed components that
// pages are put together from. Each component takes a View (who reads, in
// which language) and a struct of props, and renders HTML that reads properly
// without scripts; htmx and the keyboard only add to it.
//
// Texts that a component says itself come from the catalogue. Texts in props
// are already in the reader's language.
package ui

import (
	"context"
	"io"
	"math"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"github.com/minori-hq/minori"
	"github.com/minori-hq/minori/text"
	"github.com/minori-hq/minori/web/assets"
)

// View is what every component needs to render for one reader: the printer for
// language and time zone, today in that zone, and the assets (nil when there
// are none).
type View struct {
	text.Printer
	Today  minori.Day
	Assets *assets.Assets
}

// Relative writes a day as seen from today; see text.Printer.RelativeDay.
func (v View) Relative(d minori.Day) string { return v.RelativeDay(d, v.Today) }

// major writes an amount given in major units.
func (v View) major(x float64, currency string) string {
	m, ok := minori.FromMajor(x, currency)
	if !ok {
		return text.None
	}
	return v.Money(m)
}

// Link is words that lead somewhere.
type Link struct {
	Label string
	URL   string
}

// Tone says how good or bad something is, for colour; the words say it too.
type Tone string

// The tones.
const (
	Neutral Tone = ""
	Info    Tone = "info"
	Good    Tone = "good"
	Warn    Tone = "warn"
	Bad     Tone = "bad"
)

// Unknown gives the value that stands for unknown in series and bars.
func Unknown() float64 { return math.NaN() }

// known reports whether v is a number that can be drawn.
func known(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }

// Words makes a cell or value from plain text; an empty text becomes a dash.
func Words(s string) templ.Component {
	return templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		if s == "" {
			s = text.None
		}
		_, err := io.WriteString(w, templ.EscapeString(s))
		return err
	})
}

// classes joins the class names that are not empty.
func classes(names ...string) string {
	var out []string
	for _, n := range names {
		if n != "" {
			out = append(out, n)
		}
	}
	return strings.Join(out, " ")
}

// when gives s if ok holds.
func when(ok bool, s string) string {
	if ok {
		return s
	}
	return ""
}

// coordinate writes a position in a drawing.
func coordinate(x float64) string {
	return strconv.FormatFloat(math.Round(x*10)/10, 'f', -1, 64)
}
