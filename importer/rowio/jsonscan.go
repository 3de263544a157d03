package rowio

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// maxDepth bounds how deep objects and arrays may nest.
const maxDepth = 64

// jsonScanner walks over one JSON text, after RFC 8259. It checks all of it.
type jsonScanner struct {
	s string
	i int
}

// errorf is an error at the current place.
func (j *jsonScanner) errorf(format string, args ...any) error {
	return fmt.Errorf("%s at character %d", fmt.Sprintf(format, args...), utf8.RuneCountInString(j.s[:min(j.i, len(j.s))])+1)
}

// peek skips white space and returns the next byte, 0 at the end.
func (j *jsonScanner) peek() byte {
	for j.i < len(j.s) {
		switch c := j.s[j.i]; c {
		case ' ', '\t', '\r', '\n':
			j.i++
		default:
			return c
		}
	}
	return 0
}

// expect takes one byte.
func (j *jsonScanner) expect(c byte) error {
	if got := j.peek(); got != c {
		return j.errorf("%q is expected", string(c))
	}
	j.i++
	return nil
}

// end checks that nothing follows.
func (j *jsonScanner) end() error {
	if j.peek() != 0 || j.i < len(j.s) {
		return j.errorf("there is text behind the value")
	}
	return nil
}

// members calls f for each member of the object that begins here, with the scanner at the member's value.
func (j *jsonScanner) members(f func(name string) error) error {
	if err := j.expect('{'); err != nil {
		return err
	}
	if j.peek() == '}' {
		j.i++
		return nil
	}
	for {
		if j.peek() != '"' {
			return j.errorf("a name in double quotes is expected")
		}
		name, err := j.text()
		if err != nil {
			return err
		}
		if err := j.expect(':'); err != nil {
			return err
		}
		if err := f(name); err != nil {
			return err
		}
		switch j.peek() {
		case ',':
			j.i++
		case '}':
			j.i++
			return nil
		default:
			return j.errorf(`"," or "}" is expected`)
		}
	}
}

// skip walks over any value and returns its text.
func (j *jsonScanner) skip(depth int) (raw string, err error) {
	c := j.peek()
	from := j.i
	switch {
	case depth > maxDepth:
		return "", j.errorf("objects and arrays nest deeper than %d", maxDepth)
	case c == '"':
		_, err = j.text()
	case c == '{':
		err = j.members(func(string) error { _, err := j.skip(depth + 1); return err })
	case c == '[':
		err = j.elements(depth)
	case c == '-' || c >= '0' && c <= '9':
		_, err = j.number()
	default:
		_, err = j.word()
	}
	return j.s[from:j.i], err
}

func (j *jsonScanner) elements(depth int) error {
	j.i++
	if j.peek() == ']' {
		j.i++
		return nil
	}
	for {
		if _, err := j.skip(depth + 1); err != nil {
			return err
		}
		switch j.peek() {
		case ',':
			j.i++
		case ']':
			j.i++
			return nil
		default:
			return j.errorf(`"," or "]" is expected`)
		}
	}
}

// word takes true, false or null.
func (j *jsonScanner) word() (string, error) {
	for _, word := range [...]string{"true", "false", "null"} {
		if strings.HasPrefix(j.s[j.i:], word) {
			j.i += len(word)
			return word, nil
		}
	}
	return "", j.errorf("a value is expected")
}

// number takes the exact text of a number.
func (j *jsonScanner) number() (string, error) {
	from := j.i
	if j.s[j.i] == '-' {
		j.i++
	}
	if j.i < len(j.s) && j.s[j.i] == '0' {
		j.i++
	} else if j.digits() == 0 {
		return "", j.errorf("a digit is expected")
	}
	if j.i < len(j.s) && j.s[j.i] == '.' {
		j.i++
		if j.digits() == 0 {
			return "", j.errorf("a digit is expected")
		}
	}
	if j.i < len(j.s) && j.s[j.i]|0x20 == 'e' {
		j.i++
		if j.i < len(j.s) && (j.s[j.i] == '+' || j.s[j.i] == '-') {
			j.i++
		}
		if j.digits() == 0 {
			return "", j.errorf("a digit is expected")
		}
	}
	return j.s[from:j.i], nil
}

func (j *jsonScanner) digits() int {
	from := j.i
	for j.i < len(j.s) && j.s[j.i] >= '0' && j.s[j.i] <= '9' {
		j.i++
	}
	return j.i - from
}

// text takes a string; without escapes it shares the memory of the whole.
func (j *jsonScanner) text() (string, error) {
	j.i++
	from := j.i
	for ; j.i < len(j.s); j.i++ {
		switch c := j.s[j.i]; {
		case c == '"':
			j.i++
			return j.s[from : j.i-1], nil
		case c == '\\':
			return j.escaped(from)
		case c < 0x20:
			return "", j.errorf("a control character must be escaped")
		}
	}
	return "", j.errorf("the text in double quotes does not end")
}

// escaped takes the rest of a string that has an escape here.
func (j *jsonScanner) escaped(from int) (string, error) {
	b := append(make([]byte, 0, 2*(j.i-from)+32), j.s[from:j.i]...)
	for j.i < len(j.s) {
		c := j.s[j.i]
		j.i++
		switch {
		case c == '"':
			return string(b), nil
		case c < 0x20:
			return "", j.errorf("a control character must be escaped")
		case c != '\\':
			b = append(b, c)
			continue
		}
		var err error
		if b, err = j.escape(b); err != nil {
			return "", err
		}
	}
	return "", j.errorf("the text in double quotes does not end")
}

// escape appends the character that an escape stands for.
func (j *jsonScanner) escape(b []byte) ([]byte, error) {
	const names, means = `"\/bfnrt`, "\"\\/\b\f\n\r\t"
	if j.i < len(j.s) {
		c := j.s[j.i]
		if k := strings.IndexByte(names, c); k >= 0 {
			j.i++
			return append(b, means[k]), nil
		}
		if c == 'u' {
			r, ok := j.hex()
			if ok && utf16.IsSurrogate(r) {
				low := rune(0)
				if strings.HasPrefix(j.s[j.i:], `\`) {
					j.i++
					low, ok = j.hex()
				}
				r = utf16.DecodeRune(r, low)
				ok = ok && r != utf8.RuneError
			}
			if !ok {
				return nil, j.errorf(`a \u escape is not a character`)
			}
			return utf8.AppendRune(b, r), nil
		}
	}
	return nil, j.errorf("an escape is not known to JSON")
}

// hex takes u and four hexadecimal digits.
func (j *jsonScanner) hex() (rune, bool) {
	if j.i+5 > len(j.s) || j.s[j.i] != 'u' {
		return 0, false
	}
	n, err := strconv.ParseUint(j.s[j.i+1:j.i+5], 16, 16)
	j.i += 5
	return rune(n), err == nil
}
