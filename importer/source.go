// Package importer brings files in: a Source says how the rows of a file
// become facts.
//
// Sources load in the order rate, account, person, contact, subscription, then
// the rest, so that what a row refers to is there. All files are opened and
// their columns found before anything is stored.
//
// A row is known by its source and its key columns, else by a hash over all
// its columns and its ordinal among equal rows of its file; a hash over the
// mapped values decides unchanged or updated. Everything stored is therefore
// unchanged when an import is run again, also after it was killed. The files
// of one source and run are one import: a key that stands in them twice with
// other content is a reject that names the first.
//
// A date without a time is that calendar day in the workspace's zone. A time
// without a zone is of the source's time_zone, else the workspace's: one that a
// clock change repeats is taken for the first, one that it leaves out for the
// later of the two instants it may mean. A time where a day is wanted gives
// the workspace's day of that instant; a day where a time is wanted gives its
// beginning in the workspace's zone.
//
// A complete source ends what it has not any more only if all its files were
// read, some row was taken, and every rejected row can be told apart.
package importer

import minori "github.com/minori-hq/minori"

// Source is the definition of how a file becomes facts.
type Source struct {
	Name     string // part of every imported row's identity
	Title    minori.Text
	Format   string // csv, jsonl, parquet, excel
	Files    string // glob below the input directory
	Options  Options
	Complete bool // rows missing from the file are ended
	Into     string
	Key      []string // columns that identify a row; none: a hash of the whole row
	Map      []Mapping
	Pos      minori.Position
}

// Options are how to read the file.
type Options struct {
	Delimiter string
	Encoding  string
	Sheet     string
	TimeZone  string   // zone of times without one; "" is the workspace's
	True      []string // texts that mean true
	False     []string
	Null      []string // texts that mean nothing is there
}

// Mapping fills one target field.
type Mapping struct {
	Target string // field of the target; fields.NAME and properties.NAME for nested ones
	Column string // column of the file
	Expr   string // CEL over row, instead of Column
	Const  *string
	Type   string // number, bool, date for properties; "" is text
	Pos    minori.Position
}
