package site

import (
	"github.com/a-h/templ"

	"github.com/minori-hq/minori/web/ui"
)

// Count writes a whole number.
func Count[T int | int64](v ui.View, n T) templ.Component { return ui.Words(v.Int(int64(n))) }

// Sequence puts components one after the other, with a blank between them.
func Sequence(parts ...templ.Component) templ.Component { return inSequence(parts) }
