// Package segment holds saved conditions that say which subjects belong together.
package segment

import minori "github.com/minori-hq/minori"

// Segment is the definition of a segment.
type Segment struct {
	Name    string
	Title   minori.Text
	Subject minori.SubjectKind
	When    string // CEL condition
	Pos     minori.Position
}
