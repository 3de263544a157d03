package rowio

import (
	"bytes"
	"fmt"
	"io"
	"strings"
)

// rewindBudget bounds how many bytes are read twice because of stray quotes.
const rewindBudget = 64 << 20

// csvParser cuts the window into records and fields, after RFC 4180 with these liberties: a quote inside an unquoted
// field is text, the line end may be CRLF, LF or, in a file without any LF, CR, and empty lines are skipped.
type csvParser struct {
	win       *window
	delim, nl byte
	nulls     nulls
	line      int // of the next unread byte
	budget    int

	// The record read last.
	start  int // its line
	text   string
	values []Value

	scratch []byte
	ends    []int
}

// problem is why a record has no values.
type problem struct {
	reason string
	raw    string
}

func newCSVParser(win *window, delim, nl byte, n nulls) *csvParser {
	return &csvParser{win: win, delim: delim, nl: nl, nulls: n, line: 1, budget: rewindBudget}
}

// next reads a record into text and values. It returns io.EOF at the end.
func (p *csvParser) next() (*problem, error) {
	for {
		n, err := p.win.line(p.nl)
		p.start = p.line
		if err == errFull {
			return p.quotedRecord()
		}
		if err != nil {
			return nil, err
		}
		line := p.win.bytes()[:n]
		if bytes.IndexByte(line, '"') >= 0 {
			return p.quotedRecord()
		}
		p.text = string(p.trimCR(line))
		p.win.take(min(n+1, len(p.win.bytes())))
		p.line++
		if p.text != "" {
			p.split()
			return nil, nil
		}
	}
}

func (p *csvParser) trimCR(line []byte) []byte {
	if p.nl == '\n' && len(line) > 0 && line[len(line)-1] == '\r' {
		return line[:len(line)-1]
	}
	return line
}

// split cuts a record without quotes.
func (p *csvParser) split() {
	rest, values := p.text, p.values[:0]
	for {
		i := strings.IndexByte(rest, p.delim)
		if i < 0 {
			p.values = append(values, Value{Text: rest, Kind: p.nulls.kind(rest)})
			return
		}
		values = append(values, Value{Text: rest[:i], Kind: p.nulls.kind(rest[:i])})
		rest = rest[i+1:]
	}
}

// quotedRecord reads a record that holds quotes, or more than the window.
func (p *csvParser) quotedRecord() (*problem, error) {
	p.scratch, p.ends = p.scratch[:0], p.ends[:0]
	for i := 0; ; {
		c, err := p.win.at(i)
		quoted := err == nil && c == '"'
		if quoted {
			i, err = p.quotedField(i + 1)
		} else if err == nil {
			i, err = p.plainField(i)
		}
		switch {
		case err == errFull:
			return p.tooLarge(quoted)
		case err == errUnclosed || err == errAfterQuote:
			return p.strayQuote(i, err), nil
		case err != nil && err != io.EOF:
			return nil, err
		}
		p.ends = append(p.ends, len(p.scratch))
		c, err = p.win.at(i)
		if err == nil && c == p.delim {
			p.scratch = append(p.scratch, p.delim)
			i++
			continue
		}
		if err == errFull {
			return p.tooLarge(false)
		}
		if err != nil && err != io.EOF {
			return nil, err
		}
		p.finish(i)
		return nil, nil
	}
}

// finish takes the record of i bytes and its line end, and makes its values.
func (p *csvParser) finish(i int) {
	data := p.win.bytes()
	p.line += bytes.Count(data[:i], []byte{p.nl}) + 1
	p.win.take(min(i+1, len(data)))
	p.text = string(p.scratch)
	p.values = p.values[:0]
	from := 0
	for _, end := range p.ends {
		s := p.text[from:end]
		p.values = append(p.values, Value{Text: s, Kind: p.nulls.kind(s)})
		from = end + 1
	}
}

// plainField copies the field that starts at i, and returns the index of the delimiter or line end behind it.
func (p *csvParser) plainField(i int) (int, error) {
	from := len(p.scratch)
	for {
		data := p.win.bytes()
		j := i
		for j < len(data) && data[j] != p.delim && data[j] != p.nl {
			j++
		}
		p.scratch = append(p.scratch, data[i:j]...)
		i = j
		ended := j < len(data)
		if !ended {
			err := p.win.fill()
			if err == nil {
				continue
			}
			if err != io.EOF {
				return i, err
			}
		}
		if !ended || data[j] == p.nl {
			p.scratch = p.scratch[:from+len(p.trimCR(p.scratch[from:]))]
		}
		return i, nil
	}
}

// quotedField copies the field whose text starts at i, behind the quote, and returns the index of the delimiter or line
// end behind the closing quote. With errAfterQuote it is the index of what should not be there.
func (p *csvParser) quotedField(i int) (int, error) {
	for {
		data := p.win.bytes()
		j := -1
		if i < len(data) {
			j = bytes.IndexByte(data[i:], '"')
		}
		if j < 0 {
			p.scratch = append(p.scratch, data[i:]...)
			i = len(data)
			if err := p.win.fill(); err == io.EOF {
				return i, errUnclosed
			} else if err != nil {
				return i, err
			}
			continue
		}
		p.scratch = append(p.scratch, data[i:i+j]...)
		i += j + 1
		c, err := p.win.at(i)
		if err == nil && c == '"' {
			p.scratch = append(p.scratch, '"')
			i++
			continue
		}
		if err == nil && c == '\r' && p.nl == '\n' {
			if d, err2 := p.win.at(i + 1); err2 == io.EOF || err2 == nil && d == '\n' {
				return i + 1, nil
			} else if err2 != nil {
				return i, err2
			}
		}
		if err == nil && c != p.delim && c != p.nl {
			return i, errAfterQuote
		}
		if err == errFull {
			return i, err
		}
		return i, nil
	}
}

var (
	errUnclosed   = fmt.Errorf("rowio: unclosed quote")
	errAfterQuote = fmt.Errorf("rowio: text after the closing quote")
)

// strayQuote reports a record whose quotes do not match, read up to index i, and goes on at the line behind the one
// where it began; without budget, behind what was read.
func (p *csvParser) strayQuote(i int, cause error) *problem {
	data := p.win.bytes()
	first := bytes.IndexByte(data, p.nl)
	if first < 0 {
		first = len(data)
	}
	last := p.line + bytes.Count(data[:i], []byte{p.nl})
	prob := &problem{raw: clip(string(data[:min(first, maxRaw+1)]))}
	if cause == errUnclosed {
		prob.reason = fmt.Sprintf("a double quote opened in the record that begins on line %d is never closed; close it, "+
			"or write a quote inside a quoted field as two quotes", p.start)
	} else {
		prob.reason = fmt.Sprintf("there is text behind a closing double quote on line %d of the record that begins on "+
			"line %d; put a delimiter there, or write a quote inside a quoted field as two quotes", last, p.start)
	}
	if p.budget -= i; p.budget < 0 && last > p.start {
		prob.reason += fmt.Sprintf("; lines %d to %d were not read", p.start, last)
		p.line = last
		p.win.take(i)
		p.skipLine()
		return prob
	}
	p.line++
	p.win.take(min(first+1, len(data)))
	return prob
}

// skipLine drops the rest of a line.
func (p *csvParser) skipLine() {
	for {
		data := p.win.bytes()
		if i := bytes.IndexByte(data, p.nl); i >= 0 {
			p.win.take(i + 1)
			p.line++
			return
		}
		p.win.take(len(data))
		if p.win.fill() != nil {
			p.line++
			return
		}
	}
}

// tooLarge drops a record that does not fit the window, up to its end.
func (p *csvParser) tooLarge(quoted bool) (*problem, error) {
	data := p.win.bytes()
	prob := &problem{raw: clip(string(data[:min(len(data), maxRaw+1)]))}
	prev := byte(0)
	if !quoted {
		prev = '"' // the rest of an unquoted field: a quote in it is text
	}
	lines := bytes.Count(data, []byte{p.nl})
	p.win.take(len(data))
	for {
		for n, c := range p.win.bytes() {
			switch {
			case c == p.nl && !quoted:
				p.win.take(n + 1)
				p.line += lines + 1
				prob.reason = fmt.Sprintf("the record is larger than %d bytes, the most that is read; is a double quote "+
					"not closed? Shorten it, or correct the quotes", p.win.max)
				return prob, nil
			case c == p.nl:
				lines++
			case c == '"' && quoted:
				quoted = false
			case c == '"' && (prev == p.delim || prev == '"' && lines > 0):
				quoted = true
			}
			prev = c
		}
		p.win.take(len(p.win.bytes()))
		if err := p.win.fill(); err == io.EOF {
			break
		} else if err != nil {
			return nil, err
		}
	}
	if prev == p.nl {
		lines--
	}
	last := p.line + lines
	prob.reason = fmt.Sprintf("a record larger than %d bytes begins here and runs to the end of the file; if a double "+
		"quote in it is not closed, close it: lines %d to %d were not read", p.win.max, p.start, last)
	p.line = last + 1
	return prob, nil
}
