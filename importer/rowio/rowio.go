// Package rowio turns one file into a stream of rows.
//
// It reads CSV, JSON lines, Parquet and Excel workbooks. Whatever the size of the file, memory is bounded by the largest
// record (sixteen times Options.MaxField), except that an Excel workbook is held compressed, up to MaxWorkbook bytes.
//
// A row that cannot be read is a *RowError: it names the file, the line, the column where known, and what to do; reading
// goes on with the next record. Anything else that Next returns, apart from io.EOF, ends the file.
//
// Rejected rows are written with a RejectWriter. A file whose name ends in RejectSuffix is read as such a file, whatever
// format the source has: as CSV with a header, its own encoding, and without the columns that RejectWriter added.
package rowio

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"unicode/utf8"
)

// DefaultMaxField is the largest field, in bytes of UTF-8, when Options.MaxField is 0.
const DefaultMaxField = 1 << 20

// recordFactor times MaxField is the largest record.
const recordFactor = 16

// maxRaw bounds RowError.Raw.
const maxRaw = 1000

// maxColumns bounds the columns of a file. A JSON file with more has keys that are data.
const maxColumns = 4096

// RejectSuffix ends the name of a file of rejected rows.
const RejectSuffix = ".rejects.csv"

// Columns that a RejectWriter adds to those of the source. A reader drops them.
const (
	ColumnReason = "minori_reason"
	ColumnLine   = "minori_line"
	ColumnRaw    = "minori_raw"
)

// Options say how a file is to be read. The zero value detects what can be detected.
type Options struct {
	// Delimiter separates the fields of CSV: one ASCII character, or "tab". Empty: one of , ; tab | as the file shows.
	Delimiter string
	// Encoding of CSV and JSON lines: empty or "auto" for UTF-8, UTF-16 or CP932 as the file shows, or any name of the
	// WHATWG encoding standard, or cp932. A byte order mark in the file wins.
	Encoding string
	// Sheet of an Excel workbook; empty: the first.
	Sheet string
	// True and False are the texts that Bool takes; nil: true/false, t/f, yes/no, y/n, 1/0 in any case.
	True, False []string
	// Null are the texts that mean "no value"; nil: the empty text only.
	Null []string
	// NoHeader says that the first record is data; columns are then called c1, c2 and so on.
	NoHeader bool
	// MaxField is the largest field in bytes; 0: DefaultMaxField.
	MaxField int
}

// Row is one record. A Reader reuses it and its Values; the texts in it may be kept, though each keeps its whole record
// in memory (strings.Clone frees it).
type Row struct {
	// Line is where the row starts in the file, from 1: a line, for Excel a row of the sheet, for Parquet a row number.
	Line int
	// Columns is shared by rows. For JSON lines it grows as keys appear: positions stay, so its length shows a change.
	Columns []string
	// Values are as many as Columns.
	Values []Value
}

// Reader streams the rows of a file. It is not safe for concurrent use.
type Reader interface {
	// Columns are the names known so far; for JSON lines those in the beginning of the file.
	Columns() []string
	// Next returns the next row, io.EOF after the last, a *RowError for a row to skip, or an error that ends the file.
	Next() (*Row, error)
	// Offset is how much of the file is read, in bytes; for Excel and Parquet in proportion to the rows.
	Offset() int64
	// Size is the file's size in bytes.
	Size() int64
	// Info is what was assumed or detected.
	Info() Info
	// Close frees the file.
	Close() error
}

// Info is how a file is read.
type Info struct {
	Format    string // csv, jsonl, parquet or excel
	Encoding  string // of text formats
	Detected  bool   // the encoding was found by looking, not named or marked
	Delimiter string // of CSV
	Sheet     string // of Excel
}

// RowError is a row that could not be read. Reading continues behind it.
type RowError struct {
	File   string
	Line   int
	Column string // empty when the row as a whole is wrong
	Reason string // a sentence a person can act on
	Raw    string // the beginning of the row as read, at most 1,000 bytes
	// Fields are the fields of a record with too few or too many of them, unless they are very large; else nil.
	Fields []string
}

// Error gives place and reason.
func (e *RowError) Error() string {
	if e.Column != "" {
		return fmt.Sprintf("%s:%d: column %q: %s", e.File, e.Line, e.Column, e.Reason)
	}
	return fmt.Sprintf("%s:%d: %s", e.File, e.Line, e.Reason)
}

// FileError is a file that cannot be read, or not further.
type FileError struct {
	File   string
	Line   int // 0 when the file as a whole is meant
	Reason string
	Err    error // the cause, or nil
}

// Error gives place, reason and cause.
func (e *FileError) Error() string {
	place := e.File
	if e.Line > 0 {
		place = fmt.Sprintf("%s:%d", e.File, e.Line)
	}
	if e.Err != nil {
		return fmt.Sprintf("%s: %s: %v", place, e.Reason, e.Err)
	}
	return place + ": " + e.Reason
}

// Unwrap gives the cause.
func (e *FileError) Unwrap() error { return e.Err }

// Open starts reading a file of format csv, jsonl, parquet or excel.
func Open(path, format string, opt Options) (Reader, error) {
	if strings.HasSuffix(path, RejectSuffix) {
		format, opt.Encoding, opt.NoHeader = "csv", "auto", false
	}
	if opt.MaxField < 0 {
		return nil, &FileError{File: path, Reason: "the largest field size must not be negative"}
	}
	if opt.MaxField == 0 {
		opt.MaxField = DefaultMaxField
	}
	var open func(string, int64, Options) (Reader, error)
	switch format {
	case "csv":
		open = openCSV
	case "jsonl":
		open = openJSONL
	case "parquet":
		open = openParquet
	case "excel":
		open = openExcel
	default:
		return nil, &FileError{File: path, Reason: fmt.Sprintf(
			"format %q is not one of csv, jsonl, parquet, excel", format)}
	}
	size, err := checkFile(path)
	if err != nil {
		return nil, err
	}
	return open(path, size, opt)
}

// checkFile tells early and clearly why a path cannot be read.
func checkFile(path string) (size int64, err error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return 0, &FileError{File: path, Reason: "there is no such file", Err: os.ErrNotExist}
	case err != nil:
		return 0, &FileError{File: path, Reason: "the file cannot be looked at", Err: err}
	case info.IsDir():
		return 0, &FileError{File: path, Reason: "this is a directory; name a file or a pattern for the files in it"}
	case !info.Mode().IsRegular():
		return 0, &FileError{File: path, Reason: "this is not a regular file; copy what it gives into a file first"}
	}
	f, err := os.Open(path)
	if err != nil {
		return 0, &FileError{File: path, Reason: "the file cannot be opened; check its permissions", Err: err}
	}
	return info.Size(), f.Close()
}

// checkColumns refuses names that a mapping could not tell apart.
func checkColumns(path string, line int, names []string) error {
	if len(names) > maxColumns {
		return &FileError{File: path, Line: line, Reason: fmt.Sprintf(
			"the header has %d columns, at most %d are read", len(names), maxColumns)}
	}
	seen := make(map[string]int, len(names))
	for i, name := range names {
		if name == "" {
			return &FileError{File: path, Line: line, Reason: fmt.Sprintf(
				"column %d of the header has no name; name it or remove the column", i+1)}
		}
		if first, ok := seen[name]; ok {
			return &FileError{File: path, Line: line, Reason: fmt.Sprintf(
				"columns %d and %d of the header are both called %q; rename one", first+1, i+1, name)}
		}
		seen[name] = i
	}
	return nil
}

// defaultColumns names the columns of a file without a header.
func defaultColumns(n int) []string {
	names := make([]string, n)
	for i := range names {
		names[i] = fmt.Sprintf("c%d", i+1)
	}
	return names
}

// clip bounds a text for an error and makes it valid UTF-8 without NUL, apart from the record it comes from.
func clip(s string) string {
	if len(s) > maxRaw {
		cut := maxRaw - len("…")
		for cut > maxRaw-10 && !utf8.RuneStart(s[cut]) {
			cut--
		}
		s = s[:cut] + "…"
	}
	return strings.Clone(strings.ReplaceAll(strings.ToValidUTF8(s, "?"), "\x00", "?"))
}

// countingReader counts the bytes taken from a file.
type countingReader struct {
	r io.Reader
	n int64
}

func (c *countingReader) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}
