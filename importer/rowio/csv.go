package rowio

import (
	"fmt"
	"io"
	"slices"
	"strings"
)

// maxFields bounds the text of RowError.Fields.
const maxFields = 64 << 10

type csvReader struct {
	*textFile
	parser   *csvParser
	columns  []string
	fields   int   // in a record of the file
	keep     []int // positions of the columns, when some are dropped
	raw      int   // position of ColumnRaw, or -1
	noHeader bool
	first    bool // the parser holds the first record, which is data
	maxField int
	row      Row
}

func openCSV(path string, size int64, opt Options) (Reader, error) {
	delim, err := parseDelimiter(opt.Delimiter)
	if err != nil {
		return nil, &FileError{File: path, Reason: "the options are wrong", Err: err}
	}
	t, err := openText(path, size, opt)
	if err != nil {
		return nil, err
	}
	head := t.win.bytes()
	head = head[:min(len(head), headSize)]
	nl := detectLineEnd(head)
	p := newCSVParser(t.win, delim, nl, newNulls(opt.Null))
	skipSeparatorLine(p, head)
	if p.delim == 0 {
		head = t.win.bytes()
		complete := t.win.eof && len(head) <= headSize
		p.delim = detectDelimiter(head[:min(len(head), headSize)], complete, nl)
	}
	r := &csvReader{textFile: t, parser: p, maxField: opt.MaxField, raw: -1}
	if err := r.header(opt.NoHeader); err != nil {
		_ = t.Close()
		return nil, err
	}
	r.row.Columns = r.columns
	return r, nil
}

// skipSeparatorLine reads the line "sep=;" that Excel writes and understands.
func skipSeparatorLine(p *csvParser, head []byte) {
	if len(head) < 6 || !strings.EqualFold(string(head[:4]), "sep=") {
		return
	}
	n := 5
	if head[n] == '\r' && p.nl == '\n' {
		n++
	}
	if n >= len(head) || head[n] != p.nl {
		return
	}
	if delim, err := parseDelimiter(string(head[4:5])); err == nil && p.delim == 0 {
		p.delim = delim
	}
	p.win.take(n + 1)
	p.line++
}

// header reads the names of the columns.
func (r *csvReader) header(none bool) error {
	prob, err := r.parser.next()
	switch {
	case err == io.EOF && none:
		return nil
	case err == io.EOF:
		return &FileError{File: r.path, Reason: "the file is empty; its first line should name the columns"}
	case err != nil:
		return r.broken(err)
	case prob != nil && none:
		return &FileError{File: r.path, Line: r.parser.start, Reason: "the first record, which shows the number of " +
			"columns, cannot be read: " + prob.reason}
	case prob != nil:
		return &FileError{File: r.path, Line: r.parser.start, Reason: "the header cannot be read: " + prob.reason}
	}
	r.fields = len(r.parser.values)
	if none {
		r.noHeader, r.first, r.columns = true, true, defaultColumns(r.fields)
		return checkColumns(r.path, r.parser.start, r.columns)
	}
	names := make([]string, r.fields)
	for i, v := range r.parser.values {
		names[i] = strings.Clone(strings.TrimSpace(v.Text))
		if fault := r.text.fault(v.Text); fault != "" {
			return &FileError{File: r.path, Line: r.parser.start, Reason: fmt.Sprintf("column %d of the header %s", i+1, fault)}
		}
	}
	if err := checkColumns(r.path, r.parser.start, names); err != nil {
		return err
	}
	r.dropOwn(names)
	return nil
}

// dropOwn leaves out the columns that a RejectWriter added.
func (r *csvReader) dropOwn(names []string) {
	own := []string{ColumnReason, ColumnLine, ColumnRaw}
	for i, name := range names {
		if slices.Contains(own, name) {
			continue
		}
		r.columns, r.keep = append(r.columns, name), append(r.keep, i)
	}
	if len(r.keep) == len(names) {
		r.keep = nil
		return
	}
	r.raw = slices.Index(names, ColumnRaw)
}

// Columns implements Reader.
func (r *csvReader) Columns() []string { return r.columns }

// Info implements Reader.
func (r *csvReader) Info() Info {
	return Info{Format: "csv", Encoding: r.text.name, Detected: r.text.detected, Delimiter: string(r.parser.delim)}
}

// Next implements Reader.
func (r *csvReader) Next() (*Row, error) {
	p := r.parser
	if r.first {
		r.first = false
	} else if prob, err := p.next(); err != nil {
		if err != io.EOF {
			err = r.broken(err)
		}
		return nil, err
	} else if prob != nil {
		return nil, r.rowError("", prob.reason, prob.raw)
	}
	if len(p.text) > r.maxField || !r.text.clean(p.text) {
		if err := r.checkFields(); err != nil {
			return nil, err
		}
	}
	if len(p.values) != r.fields {
		return nil, r.ragged()
	}
	r.row.Line, r.row.Values = p.start, p.values
	if r.keep != nil {
		if err := r.project(); err != nil {
			return nil, err
		}
	}
	return &r.row, nil
}

// project leaves the values of the columns kept.
func (r *csvReader) project() error {
	raw := ""
	if r.raw >= 0 {
		raw = r.row.Values[r.raw].Text
	}
	blank := raw != ""
	for to, from := range r.keep {
		v := r.row.Values[from]
		r.row.Values[to] = v
		blank = blank && v.Text == ""
	}
	r.row.Values = r.row.Values[:len(r.keep)]
	if blank {
		return r.rowError("", "this rejected row is not corrected yet: its text is in column "+ColumnRaw+
			" but the other columns are empty; fill them in", raw)
	}
	return nil
}

// checkFields looks at the fields of a suspicious record.
func (r *csvReader) checkFields() error {
	for i, v := range r.parser.values {
		if r.keep != nil && !slices.Contains(r.keep, i) {
			continue
		}
		reason := r.text.fault(v.Text)
		if len(v.Text) > r.maxField {
			reason = fmt.Sprintf("the field has %d bytes, at most %d are read; shorten it", len(v.Text), r.maxField)
		}
		if reason != "" {
			return r.rowError(r.columnName(i), reason, r.parser.text)
		}
	}
	return nil
}

func (r *csvReader) columnName(i int) string {
	if r.keep != nil {
		if i = slices.Index(r.keep, i); i < 0 {
			return ""
		}
	}
	if i < len(r.columns) {
		return r.columns[i]
	}
	return fmt.Sprintf("c%d", i+1)
}

func (r *csvReader) ragged() *RowError {
	p := r.parser
	what := "the header has"
	if r.noHeader {
		what = "the first has"
	}
	hint := "a field that holds the delimiter or a line end must be in double quotes"
	if len(p.values) < r.fields {
		hint = "fill in the missing fields, empty ones too"
	}
	e := r.rowError("", fmt.Sprintf("the record has %d fields, %s %d (the delimiter is %q); %s",
		len(p.values), what, r.fields, string(p.delim), hint), p.text)
	if len(p.text) <= maxFields && len(p.values) <= maxColumns && r.keep == nil {
		for _, v := range p.values {
			e.Fields = append(e.Fields, v.Text)
		}
	}
	return e
}

func (r *csvReader) rowError(column, reason, raw string) *RowError {
	return &RowError{File: r.path, Line: r.parser.start, Column: column, Reason: reason, Raw: clip(raw)}
}
