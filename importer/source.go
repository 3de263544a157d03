// Package importer brings files in: a Source says how the rows of a file
// become facts.
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
