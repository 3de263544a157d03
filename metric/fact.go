package metric

import minori "github.com/minori-hq/minori"

// Hash is a 128-bit hash, for keys and contents of imported rows.
type Hash struct{ Hi, Lo uint64 }

// Row says where a fact came from: its identity within its source and a hash
// over its mapped values, which decides unchanged or updated.
type Row struct {
	Line int  // line in the file, for reports
	Key  Hash // over the key columns, or over the row and its ordinal among equal rows
	Hash Hash // over the mapped values
}

// EventRow is one raw event.
type EventRow struct {
	Row
	Subject    minori.ID // the account (or person)
	Name       string    // name of the event
	Actor      string    // who did it, in the source's terms; "" for nobody
	Time       int64     // microseconds since 1970 UTC
	Day        minori.Day
	Value      float64
	HasValue   bool
	Properties string // JSON object; "" for none
}

// PointRow is one point of a counter or gauge.
type PointRow struct {
	Row
	Subject minori.ID
	Metric  int64
	Time    int64 // microseconds since 1970 UTC
	Day     minori.Day
	Value   float64
	Labels  [MaxLabels]string // values by the metric's By; "" for none
}

// Ingest is one batch of imported events or points of one source. It is
// stored with its import rows, rollups and distinct actors in one transaction.
type Ingest struct {
	Source int64 // surrogate key of the source
	Import int64 // this run, to tell a repeated key in one file from a re-import
	Events []EventRow
	Points []PointRow
	DryRun bool // classify only
}

// Duplicate is a row whose key stood in the same file before with other content.
type Duplicate struct {
	Line  int
	First int // line of the first
}

// IngestReport says what became of a batch. A key repeated in one file with
// the same content counts as unchanged.
type IngestReport struct {
	Created, Updated, Unchanged int
	Duplicates                  []Duplicate
}

// Delta is what a change of records means for the lake. The records store
// writes deltas into its outbox in the transaction of the change; the lake
// applies them in order, once.
type Delta struct {
	Subjects []SubjectRow `json:",omitempty"`
	Fields   []FieldValue `json:",omitempty"`
	Terms    []Term       `json:",omitempty"`
	Points   []PointSet   `json:",omitempty"`
	Rates    []Rate       `json:",omitempty"`
	Links    []Link       `json:",omitempty"`
	Merges   []Merge      `json:",omitempty"`
}

// Link says that an actor belongs to an account from a time on. Of an actor's
// links the latest whose Since is not after an event counts for the event; for
// earlier events the first one.
type Link struct {
	Actor   string
	Account minori.ID
	Since   int64 // microseconds since 1970 UTC
}

// Merge says that two names are the same actor: everything of Old is counted as
// of New, also what happened before.
type Merge struct{ Old, New string }

// SubjectRow upserts a subject.
type SubjectRow struct {
	Kind  minori.SubjectKind
	ID    minori.ID
	Key   string
	Since *minori.Day // signed_up or hired; nil if not known
	Until *minori.Day // first day after leaving (persons); nil while here
	Gone  bool        // deleted or merged away
}

// Always is the valid-from of a field's first value: the beginning of time.
const Always int64 = -1 << 62

// FieldValue is one step in the history of a field of a subject. Both values
// nil: cleared.
type FieldValue struct {
	Subject   minori.ID
	Field     int64
	ValidFrom int64 // microseconds since 1970 UTC, or Always
	Recorded  int64 // microseconds since 1970 UTC
	Num       *float64
	Text      *string
}

// Term is a subscription's contribution to ARR from Start up to and not
// including End; it replaces the term with the same ID.
type Term struct {
	ID       int64
	Account  minori.ID
	Start    minori.Day
	End      *minori.Day // nil: open
	ARR      int64       // minor units of Currency
	Currency string
	Excluded bool // trial or one-off: no ARR
	Removed  bool
}

// PointSet replaces all points that one record (a ticket, an answer) stands for.
type PointSet struct {
	Origin string // kind of record: ticket, churn, interaction, answer
	ID     int64  // its surrogate key
	Points []PointRow
}

// Rate is the value of one unit of Currency in the workspace's currency from
// Day on, until the next rate.
type Rate struct {
	Currency string
	Day      minori.Day
	Value    float64
}
