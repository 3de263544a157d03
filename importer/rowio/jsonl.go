package rowio

import (
	"bytes"
	"fmt"
	"io"
	"strings"
)

// Flattener turns JSON objects into values of columns: the members of an object in an object become columns a.b, an
// array one column of kind JSON. Columns are found as they appear and keep their position.
type Flattener struct {
	columns  []string
	index    map[string]int // path to a position in stamps
	at       []int          // of stamps: the column, or -1 for an object
	stamps   []int
	stamp    int
	values   []Value
	nulls    nulls
	maxField int
	path     []byte
}

// NewFlattener heeds the null texts and the field size of the options.
func NewFlattener(opt Options) *Flattener {
	if opt.MaxField <= 0 {
		opt.MaxField = DefaultMaxField
	}
	return &Flattener{index: map[string]int{}, nulls: newNulls(opt.Null), maxField: opt.MaxField}
}

// Columns are those found so far. Earlier results stay as they are.
func (f *Flattener) Columns() []string { return f.columns }

// Flatten returns the values of the columns in a JSON object. They are valid until the next call. Where an error belongs
// to a column, that is named.
func (f *Flattener) Flatten(object string) (values []Value, column string, err error) {
	f.stamp++
	f.values = f.values[:0]
	for range f.columns {
		f.values = append(f.values, Value{Kind: Null})
	}
	f.path = f.path[:0]
	j := &jsonScanner{s: object}
	if j.peek() != '{' {
		return nil, "", fmt.Errorf("the line is not a JSON object {…}")
	}
	if err := f.object(j, 1); err != nil {
		return nil, clip(string(f.path)), err
	}
	if err := j.end(); err != nil {
		return nil, "", err
	}
	return f.values, "", nil
}

// object flattens the members of an object below f.path. On an error, f.path stays at its place.
func (f *Flattener) object(j *jsonScanner, depth int) error {
	if depth > maxDepth {
		return j.errorf("objects and arrays nest deeper than %d", maxDepth)
	}
	return j.members(func(name string) error {
		base := len(f.path)
		if depth > 1 {
			f.path = append(f.path, '.')
		}
		f.path = append(f.path, name...)
		nested := j.peek() == '{'
		col, err := f.slot(nested)
		if err != nil {
			return err
		}
		if nested {
			err = f.object(j, depth+1)
		} else {
			f.values[col], err = f.value(j, depth)
		}
		if err == nil {
			f.path = f.path[:base]
		}
		return err
	})
}

// slot finds or makes the entry of f.path, once per row.
func (f *Flattener) slot(nested bool) (col int, err error) {
	id, ok := f.index[string(f.path)]
	switch {
	case ok && f.stamps[id] == f.stamp:
		return 0, fmt.Errorf("the name appears twice; remove one")
	case !ok && (len(f.columns) >= maxColumns || len(f.at) >= 2*maxColumns):
		return 0, fmt.Errorf("the file has more than %d different names; are they data rather than names?", maxColumns)
	case !ok && len(f.path) > maxRaw:
		return 0, fmt.Errorf("the name is longer than %d bytes; shorten it", maxRaw)
	case !ok && (len(f.path) == 0 || bytes.IndexByte(f.path, 0) >= 0):
		return 0, fmt.Errorf("a name is empty or holds a NUL character; correct it")
	case !ok:
		id = len(f.at)
		f.index[string(f.path)] = id
		f.at, f.stamps = append(f.at, -1), append(f.stamps, 0)
	}
	f.stamps[id] = f.stamp
	if !nested && f.at[id] < 0 {
		f.at[id] = len(f.columns)
		f.columns = append(f.columns, string(f.path))
		f.values = append(f.values, Value{Kind: Null})
	}
	return f.at[id], nil
}

// value reads anything but an object.
func (f *Flattener) value(j *jsonScanner, depth int) (v Value, err error) {
	switch c := j.peek(); {
	case c == '"':
		v.Text, err = j.text()
		v.Kind = f.nulls.kind(v.Text)
		if strings.IndexByte(v.Text, 0) >= 0 {
			err = fmt.Errorf("the text holds a NUL character; remove it")
		}
	case c == '[':
		v.Text, err = j.skip(depth + 1)
		v.Kind = JSON
	case c == '-' || c >= '0' && c <= '9':
		v.Text, err = j.number()
		v.Kind = Number
	default:
		word, err := j.word()
		if word == "null" || err != nil {
			return Value{Kind: Null}, err
		}
		return BoolValue(word == "true"), nil
	}
	if err == nil && len(v.Text) > f.maxField {
		err = fmt.Errorf("the field has %d bytes, at most %d are read; shorten it", len(v.Text), f.maxField)
	}
	return v, err
}

type jsonlReader struct {
	*textFile
	flat *Flattener
	line int // of the next unread byte
	row  Row
}

func openJSONL(path string, size int64, opt Options) (Reader, error) {
	t, err := openText(path, size, opt)
	if err != nil {
		return nil, err
	}
	r := &jsonlReader{textFile: t, flat: NewFlattener(opt), line: 1}
	if err := r.lookAhead(); err != nil {
		_ = t.Close()
		return nil, err
	}
	return r, nil
}

// lookAhead finds columns in the beginning of the file, and refuses one JSON text spread over lines.
func (r *jsonlReader) lookAhead() error {
	head := r.win.bytes()
	first, _, _ := bytes.Cut(bytes.TrimLeft(head, " \t\r\n"), []byte("\n"))
	first = bytes.TrimSpace(first)
	if len(first) > 0 && (first[0] == '[' || string(first) == "{") {
		return &FileError{File: r.path, Line: 1, Reason: "the file is one JSON text; write one object per line, " +
			"for example with: jq -c '.[]' (or jq -c . for objects over several lines)"}
	}
	head = head[:min(len(head), headSize)]
	for len(head) > 0 {
		line, rest, whole := bytes.Cut(head, []byte("\n"))
		if !whole && !r.win.eof {
			break
		}
		if s := string(line); r.text.clean(s) && strings.TrimSpace(s) != "" {
			_, _, _ = r.flat.Flatten(s) // a bad line is reported when its turn comes
		}
		head = rest
	}
	return nil
}

// Columns implements Reader.
func (r *jsonlReader) Columns() []string { return r.flat.Columns() }

// Info implements Reader.
func (r *jsonlReader) Info() Info {
	return Info{Format: "jsonl", Encoding: r.text.name, Detected: r.text.detected}
}

// Next implements Reader.
func (r *jsonlReader) Next() (*Row, error) {
	for {
		n, err := r.win.line('\n')
		start := r.line
		if err == errFull {
			return nil, r.skipLarge()
		}
		if err == io.EOF {
			return nil, io.EOF
		}
		if err != nil {
			return nil, r.broken(err)
		}
		data := r.win.bytes()
		text := string(bytes.TrimSpace(data[:n]))
		r.win.take(min(n+1, len(data)))
		r.line++
		if text == "" {
			continue
		}
		return r.parse(start, text)
	}
}

func (r *jsonlReader) parse(line int, text string) (*Row, error) {
	bad := &RowError{File: r.path, Line: line}
	if !r.text.clean(text) {
		bad.Reason, bad.Raw = "the line "+r.text.fault(text), clip(text)
		return nil, bad
	}
	values, column, err := r.flat.Flatten(text)
	if err != nil {
		bad.Column, bad.Reason, bad.Raw = column, "the JSON cannot be taken: "+err.Error(), clip(text)
		return nil, bad
	}
	r.row = Row{Line: line, Columns: r.flat.Columns(), Values: values}
	return &r.row, nil
}

// skipLarge drops a line that does not fit the window.
func (r *jsonlReader) skipLarge() error {
	data := r.win.bytes()
	bad := &RowError{File: r.path, Line: r.line, Raw: clip(string(data[:min(len(data), maxRaw+1)])),
		Reason: fmt.Sprintf("the line is longer than %d bytes, the most that is read; is it one object?", r.win.max)}
	p := &csvParser{win: r.win, nl: '\n', line: r.line}
	r.win.take(len(data))
	p.skipLine()
	r.line = p.line
	return bad
}
