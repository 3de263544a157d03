package minori

import (
	"errors"
	"fmt"
	"strings"
)

// Code classifies an error; the edge (exit status, HTTP status) is chosen by
// it in one place each.
type Code string

// The codes.
const (
	Invalid         Code = "invalid"         // the input is wrong; the message says how to mend it
	NotFound        Code = "not_found"       // no such thing, or not visible to the actor
	Conflict        Code = "conflict"        // somebody else changed it, or it exists already
	Forbidden       Code = "forbidden"       // the actor may not do this
	Unauthenticated Code = "unauthenticated" // nobody is signed in
	Unavailable     Code = "unavailable"     // try again later
	Internal        Code = "internal"        // our fault; the text is never shown
)

// Position is a place in a file of the user. Line and Column count from 1;
// 0 means unknown.
type Position struct {
	File   string
	Line   int
	Column int
}

// String gives file:line:column, leaving out what is unknown.
func (p Position) String() string {
	if p.Line == 0 {
		return p.File
	}
	if p.Column == 0 {
		return fmt.Sprintf("%s:%d", p.File, p.Line)
	}
	return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Column)
}

// Error is an error a person can act on.
type Error struct {
	Code    Code
	Message string   // one sentence: what is wrong and what to do
	Pos     Position // where, for input from files
	Field   string   // which field, for input from forms and calls
	Err     error    // the cause, for logs

	// Form and Args are what Errorf made the message of, from which it is said
	// in another language.
	Form string
	Args []any
}

// Error gives the position, the message and the cause.
func (e *Error) Error() string {
	var b strings.Builder
	if s := e.Pos.String(); s != "" {
		b.WriteString(s)
		b.WriteString(": ")
	}
	b.WriteString(e.Message)
	if e.Err != nil {
		if e.Message != "" {
			b.WriteString(": ")
		}
		b.WriteString(e.Err.Error())
	}
	return b.String()
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// Errorf makes an Error with a code and a message.
func Errorf(code Code, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...), Form: format, Args: args}
}

// CodeOf gives the code of the first Error in err's chain, Internal for any
// other error, "" for nil.
func CodeOf(err error) Code {
	if err == nil {
		return ""
	}
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return Internal
}

// Errors is several errors found in one pass over some input.
type Errors []*Error

// Error gives all of them, one per line.
func (es Errors) Error() string {
	lines := make([]string, len(es))
	for i, e := range es {
		lines[i] = e.Error()
	}
	return strings.Join(lines, "\n")
}

// Unwrap gives the single errors.
func (es Errors) Unwrap() []error {
	out := make([]error, len(es))
	for i, e := range es {
		out[i] = e
	}
	return out
}

// OrNil gives nil when there are none; use it to return Errors as an error.
func (es Errors) OrNil() error {
	if len(es) == 0 {
		return nil
	}
	return es
}

// Nearest gives the name closest to s among names (at most a third of its
// letters differ), or "".
func Nearest(s string, names []string) string {
	best, bestD := "", len(s)/3+2
	for _, n := range names {
		if d := distance(s, n); d < bestD {
			best, bestD = n, d
		}
	}
	return best
}

// DidYouMean gives `, did you mean "x"?` or "" if nothing is near.
func DidYouMean(s string, names []string) string {
	if n := Nearest(s, names); n != "" {
		return fmt.Sprintf(", did you mean %q?", n)
	}
	return ""
}

// distance is the Levenshtein distance over bytes.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		prev := row[0]
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			prev, row[j] = row[j], min(row[j]+1, row[j-1]+1, prev+cost)
		}
	}
	return row[len(b)]
}
