package rowio

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
)

// RejectWriter writes rejected rows into a CSV file that can be corrected and imported again with the same source: it
// has the source's columns and delimiter, is UTF-8 with a byte order mark (so that spreadsheet programs show it right),
// and its name ends in RejectSuffix, which makes Open read it as CSV whatever the source's format and encoding are.
//
// Three columns are added at the end, which Open leaves out: the reason, the line in the first file, and for a row that
// could not be cut into fields its text. A row of which only that text is there is rejected again until it is filled in.
//
// Texts are written as they were read, also those that begin like a formula (=1+1, @SUM): the file is for importing, and
// a sign put before them would become part of the value. Open such a file in a spreadsheet program with its columns
// imported as text.
type RejectWriter struct {
	path    string
	delim   byte
	columns []string
	header  int // columns in the header written
	file    *os.File
	out     *bufio.Writer
	record  []byte
	fields  []string
	count   int
}

// CreateRejects makes the file, whose path must end in RejectSuffix. The delimiter is Info.Delimiter of a CSV source, or
// empty for a comma.
func CreateRejects(path string, columns []string, delimiter string) (*RejectWriter, error) {
	if !strings.HasSuffix(path, RejectSuffix) {
		return nil, &FileError{File: path, Reason: "the name of a file of rejected rows must end in " + RejectSuffix}
	}
	delim, err := parseDelimiter(delimiter)
	if err != nil {
		return nil, &FileError{File: path, Reason: "the options are wrong", Err: err}
	}
	if delim == 0 {
		delim = ','
	}
	w := &RejectWriter{path: path, delim: delim, columns: slices.Clone(columns)}
	return w, w.create(path)
}

func (w *RejectWriter) create(path string) (err error) {
	if w.file, err = os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600); err != nil {
		return &FileError{File: path, Reason: "the file of rejected rows cannot be written", Err: err}
	}
	w.out = bufio.NewWriterSize(w.file, 64<<10)
	w.header = len(w.columns)
	if _, err := w.out.WriteString("\ufeff"); err != nil {
		return err
	}
	return w.write(append(slices.Clone(w.columns), ColumnReason, ColumnLine, ColumnRaw))
}

// Count is how many rows are written.
func (w *RejectWriter) Count() int { return w.count }

// Row writes a row that was read but refused.
func (w *RejectWriter) Row(row *Row, reason string) error {
	w.fields = w.fields[:0]
	for _, v := range row.Values {
		w.fields = append(w.fields, v.Text)
	}
	if len(row.Columns) > len(w.columns) {
		w.columns = slices.Clone(row.Columns)
	}
	return w.add(row.Line, reason, "")
}

// Error writes a row that could not be read, in columns if it was cut into fields, else as text.
func (w *RejectWriter) Error(e *RowError) error {
	w.fields = w.fields[:0]
	reason, raw := e.Reason, e.Raw
	if e.Column != "" {
		reason = fmt.Sprintf("column %q: %s", e.Column, reason)
	}
	if len(e.Fields) > 0 && len(e.Fields) <= len(w.columns) {
		w.fields, raw = append(w.fields, e.Fields...), ""
	}
	return w.add(e.Line, reason, raw)
}

// add writes w.fields and the columns of ours.
func (w *RejectWriter) add(line int, reason, raw string) error {
	for len(w.fields) < len(w.columns) {
		w.fields = append(w.fields, "")
	}
	w.fields = append(w.fields, reason, strconv.Itoa(line), raw)
	w.count++
	return w.write(w.fields)
}

func (w *RejectWriter) write(fields []string) error {
	w.record = appendRecord(w.record[:0], fields, w.delim)
	if _, err := w.out.Write(w.record); err != nil {
		return &FileError{File: w.path, Reason: "the rejected rows cannot be written", Err: err}
	}
	return nil
}

// Close completes the file. Columns that appeared after the header was written (JSON lines) are put into it.
func (w *RejectWriter) Close() error {
	err := w.finish(w.file, w.out)
	if err == nil && len(w.columns) > w.header {
		err = w.widen()
	}
	if err != nil {
		return &FileError{File: w.path, Reason: "the rejected rows cannot be written", Err: err}
	}
	return nil
}

func (w *RejectWriter) finish(file *os.File, out *bufio.Writer) error {
	err := out.Flush()
	if err == nil {
		err = file.Sync()
	}
	if err2 := file.Close(); err == nil {
		err = err2
	}
	return err
}

// widen writes the file anew with the full header, and rows as wide as it.
func (w *RejectWriter) widen() error {
	in, err := os.Open(w.path)
	if err != nil {
		return err
	}
	defer in.Close()
	if _, err := in.Seek(int64(len("\ufeff")), io.SeekStart); err != nil {
		return err
	}
	temp := w.path + ".tmp"
	if err := w.create(temp); err != nil {
		return err
	}
	err = w.copyWide(newCSVParser(newWindow(in, 256<<10, 1<<30), w.delim, '\n', nulls{}))
	if err2 := w.finish(w.file, w.out); err == nil {
		err = err2
	}
	if err != nil {
		_ = os.Remove(temp)
		return err
	}
	return os.Rename(temp, w.path)
}

func (w *RejectWriter) copyWide(p *csvParser) error {
	if _, err := p.next(); err != nil { // the header
		return err
	}
	for {
		prob, err := p.next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if prob != nil || len(p.values) < 3 {
			return fmt.Errorf("line %d cannot be read back", p.start)
		}
		own := len(p.values) - 3
		w.fields = w.fields[:0]
		for i := range max(own, len(w.columns)) {
			text := ""
			if i < own {
				text = p.values[i].Text
			}
			w.fields = append(w.fields, text)
		}
		for _, v := range p.values[own:] {
			w.fields = append(w.fields, v.Text)
		}
		if err := w.write(w.fields); err != nil {
			return err
		}
	}
}

// appendRecord writes a record and a line end, with quotes where a reader needs them.
func appendRecord(b []byte, fields []string, delim byte) []byte {
	for i, field := range fields {
		if i > 0 {
			b = append(b, delim)
		}
		special := strings.IndexByte(field, delim) >= 0 || strings.ContainsAny(field, "\"\r\n")
		if !special && field != "" || !special && len(fields) > 1 {
			b = append(b, field...)
			continue
		}
		b = append(b, '"')
		b = append(b, strings.ReplaceAll(field, `"`, `""`)...)
		b = append(b, '"')
	}
	return append(b, '\n')
}
