// Package view holds saved views of lists: which columns in which order and
// width, sorted and filtered how; private or shared.
package view

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	minori "github.com/minori-hq/minori"
)

// Bounds of a view.
const (
	MaxName    = 60 // letters of its name
	MaxColumns = 40
	MaxFilters = 12
	MaxFilter  = 500 // bytes of one condition
	MaxSearch  = 200 // bytes
	MinWidth   = 60  // of a column, in pixels
	MaxWidth   = 800
	MaxOwn     = 100 // views of one owner
	maxColumn  = 300 // bytes of a column's name
)

// Column is one column of a view.
type Column struct {
	Name  string `json:"name"` // as the list names it: field:account.arr, score:health
	Width int    `json:"width,omitempty"`
}

// Settings is what a view says of the list.
type Settings struct {
	Columns []Column // none: the list's own
	Filters []string // conditions as addresses write them: "below score:health 50"
	Search  string
	Sort    string // column; "" for the list's own order
	Desc    bool
}

// View is a saved view.
type View struct {
	ID      int64
	Version int64 // counts up with every change
	Name    string
	Owner   string // minori.Actor.Name of who made it
	Shared  bool   // everybody sees it
	Settings
	ChangedAt int64 // microseconds since 1970 UTC
	ChangedBy string
}

// Equal reports whether two settings say the same.
func (s Settings) Equal(o Settings) bool {
	return slices.Equal(s.Columns, o.Columns) && slices.Equal(s.Filters, o.Filters) && s.Search == o.Search && s.Sort == o.Sort && s.Desc == o.Desc
}

// Validate checks a view. The error's Field names what is wrong.
func (v *View) Validate() error {
	switch n := utf8.RuneCountInString(v.Name); {
	case !utf8.ValidString(v.Name) || strings.ContainsFunc(v.Name, unicode.IsControl):
		return problem("name", "the name holds a control character")
	case strings.TrimSpace(v.Name) == "":
		return problem("name", "the view needs a name")
	case n > MaxName:
		return problem("name", "the name has %d letters; at most %d are kept", n, MaxName)
	}
	return v.Settings.validate()
}

func (s *Settings) validate() error {
	if len(s.Columns) > MaxColumns {
		return problem("columns", "a view has at most %d columns", MaxColumns)
	}
	seen := map[string]bool{}
	for _, c := range s.Columns {
		switch {
		case c.Name == "" || len(c.Name) > maxColumn || !utf8.ValidString(c.Name):
			return problem("columns", "a column has no name")
		case seen[c.Name]:
			return problem("columns", "the column %s is there twice", c.Name)
		case c.Width != 0 && (c.Width < MinWidth || c.Width > MaxWidth):
			return problem("columns", "a column is between %d and %d wide", MinWidth, MaxWidth)
		}
		seen[c.Name] = true
	}
	if len(s.Filters) > MaxFilters {
		return problem("filters", "a view has at most %d conditions", MaxFilters)
	}
	for _, f := range s.Filters {
		if f == "" || len(f) > MaxFilter || !utf8.ValidString(f) {
			return problem("filters", "a condition has at most %d bytes", MaxFilter)
		}
	}
	if len(s.Search) > MaxSearch || !utf8.ValidString(s.Search) || len(s.Sort) > maxColumn {
		return problem("search", "the search has at most %d bytes", MaxSearch)
	}
	return nil
}

func problem(field, format string, args ...any) error {
	e := minori.Errorf(minori.Invalid, format, args...)
	e.Field = field
	return e
}

// MayEdit reports whether the actor may change or delete the view: who made
// it, and of shared ones who may configure.
func (v *View) MayEdit(actor minori.Actor) bool {
	return v.Owner == actor.Name && (!v.Shared || actor.MayAct()) || v.Shared && actor.MayConfigure()
}

// visible reports whether the actor sees the view.
func (v *View) visible(actor minori.Actor) bool { return v.Shared || v.Owner == actor.Name }
