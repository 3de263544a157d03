package account

import (
	"fmt"
	"math"
	"strings"
	"unicode"
	"unicode/utf8"

	minori "github.com/minori-hq/minori"
)

// Bounds of what is taken.
const (
	MaxKey    = 200     // bytes of an id
	MaxName   = 2000    // bytes of a name, title and other short texts: 500 characters in any script
	MaxSeats  = 1e9     // seats of an account or subscription
	MaxNumber = 1 << 53 // size of any number
)

// problem is an invalid field with what to do about it.
func problem(field, format string, args ...any) error {
	e := minori.Errorf(minori.Invalid, format, args...)
	e.Field = field
	return e
}

// rejectOf makes a reject from an error; its Field is the column.
func rejectOf(line int, err error) Reject {
	r := Reject{Line: line, Reason: err.Error()}
	if e, ok := err.(*minori.Error); ok {
		r.Column, r.Reason = e.Field, e.Message
	}
	return r
}

// checks gathers the first problem of a row.
type checks struct{ err error }

func (c *checks) fail(field, format string, args ...any) {
	if c.err == nil {
		c.err = problem(field, format, args...)
	}
}

// key checks an id that has to be there.
func (c *checks) key(field, s string) {
	switch {
	case s == "":
		c.fail(field, "the %s is empty; map the column that identifies it", field)
	case CheckText(field, s, MaxKey) != nil:
		c.text(field, s, MaxKey)
	case strings.IndexFunc(s, unicode.IsControl) >= 0:
		c.fail(field, "the %s %q holds a control character", field, s)
	}
}

func (c *checks) short(field, s string) { c.text(field, s, MaxName) }
func (c *checks) long(field, s string)  { c.text(field, s, MaxText) }

func (c *checks) text(field, s string, most int) {
	if err := CheckText(field, s, most); err != nil && c.err == nil {
		c.err = err
	}
}

// CheckText checks a text as imported: at most so many bytes, UTF-8, no NUL.
func CheckText(field, s string, most int) error {
	switch {
	case len(s) > most:
		return problem(field, "%s has %d bytes; at most %d are kept", field, len(s), most)
	case !utf8.ValidString(s):
		return problem(field, "%s is not valid UTF-8; set the source's encoding", field)
	case strings.IndexByte(s, 0) >= 0:
		return problem(field, "%s holds a NUL character", field)
	}
	return nil
}

func (c *checks) email(field, s string) {
	if s == "" {
		return
	}
	at := strings.LastIndexByte(s, '@')
	if at < 1 || at == len(s)-1 || len(s) > 254 || strings.ContainsAny(s, " \t\r\n,;<>") {
		c.fail(field, "%q is not an e-mail address", clip(s))
	}
}

func (c *checks) seats(field string, v *float64) {
	if v != nil && !(*v >= 0 && *v <= MaxSeats) {
		c.fail(field, "%s is %v; it lies between 0 and %d", field, *v, int64(MaxSeats))
	}
}

func (c *checks) number(field string, v *float64) {
	if v != nil && !(math.Abs(*v) <= MaxNumber) {
		c.fail(field, "%s is %v, which is not a number that can be kept", field, *v)
	}
}

func (c *checks) day(field string, d *minori.Day) {
	if d != nil && (*d < minori.MinDay || *d > minori.MaxDay) {
		c.fail(field, "%s lies outside the years 1900 to 2199", field)
	}
}

func (c *checks) time(field string, t int64) {
	const day = 86_400_000_000
	if t < int64(minori.MinDay)*day || t >= (int64(minori.MaxDay)+1)*day {
		c.fail(field, "%s lies outside the years 1900 to 2199", field)
	}
}

func (c *checks) fields(fields map[string]Value) {
	for name, v := range fields {
		c.number("fields."+name, v.Num)
		if v.Text != nil {
			c.long("fields."+name, *v.Text)
		}
	}
}

func clip(s string) string {
	if len(s) > 60 {
		return strings.ToValidUTF8(s[:60], "") + "…"
	}
	return s
}

// Validate checks an account as imported. The error's Field names the target
// field.
func (a *Account) Validate() error {
	var c checks
	c.key("id", a.Key)
	for _, f := range [][2]string{{"name", a.Name}, {"parent", a.Parent}, {"industry", a.Industry},
		{"country", a.Country}, {"csm", a.CSM}, {"tier", a.Tier}} {
		c.short(f[0], f[1])
	}
	if a.Parent != "" && a.Parent == a.Key {
		c.fail("parent", "the account names itself as its parent")
	}
	c.seats("seats", a.Seats)
	c.day("signed_up", a.SignedUp)
	c.fields(a.Fields)
	return c.err
}

// Validate checks a person as imported.
func (p *Person) Validate() error {
	var c checks
	c.key("id", p.Key)
	for _, f := range [][2]string{{"name", p.Name}, {"manager", p.Manager}, {"role", p.Role},
		{"team", p.Team}, {"leave_reason", p.LeaveReason}} {
		c.short(f[0], f[1])
	}
	c.email("email", p.Email)
	c.day("hired", p.Hired)
	c.day("left", p.Left)
	if p.Hired != nil && p.Left != nil && *p.Left < *p.Hired {
		c.fail("left", "left (%s) lies before hired (%s)", *p.Left, *p.Hired)
	}
	c.fields(p.Fields)
	return c.err
}

// Validate checks a contact as imported.
func (ct *Contact) Validate() error {
	var c checks
	c.key("id", ct.Key)
	c.short("name", ct.Name)
	c.short("role", ct.Role)
	c.short("title", ct.Title)
	c.email("email", ct.Email)
	return c.err
}

// Validate checks a ticket as imported.
func (t *Ticket) Validate() error {
	var c checks
	c.short("id", t.Key)
	c.short("priority", t.Priority)
	c.short("status", t.Status)
	c.time("opened", t.Opened)
	if t.Closed != nil {
		c.time("closed", *t.Closed)
		if *t.Closed < t.Opened {
			c.fail("closed", "the ticket closed before it opened; check both columns and the source's time_zone")
		}
	}
	c.number("first_response_minutes", t.FirstResponseMinutes)
	if t.FirstResponseMinutes != nil && *t.FirstResponseMinutes < 0 {
		c.fail("first_response_minutes", "first_response_minutes is %v; it cannot be negative", *t.FirstResponseMinutes)
	}
	c.number("csat", t.CSAT)
	return c.err
}

// Validate checks a churn event as imported.
func (ch *Churn) Validate() error {
	var c checks
	c.short("id", ch.Key)
	c.day("date", &ch.Date)
	c.short("reason", ch.Reason)
	c.long("comment", ch.Comment)
	return c.err
}

// Validate checks an interaction as imported.
func (in *Interaction) Validate() error {
	var c checks
	c.short("id", in.Key)
	c.time("time", in.Time)
	if !minori.ValidName(slug(in.Type)) || len(slug(in.Type)) > 80 {
		c.fail("type", "the type %q becomes part of a metric's name: write letters, digits, '-' or '.', as with {expr: …} in the mapping", clip(in.Type))
	}
	c.short("title", in.Title)
	c.long("text", in.Text)
	return c.err
}

// Validate checks an answer as imported.
func (an *Answer) Validate() error {
	var c checks
	c.short("id", an.Key)
	if !minori.ValidName(slug(an.Survey)) || len(slug(an.Survey)) > 80 {
		c.fail("survey", "the survey %q becomes part of a metric's name: write letters, digits, '-' or '.', as with {const: …} in the mapping", clip(an.Survey))
	}
	c.time("time", an.Time)
	c.number("score", an.Score)
	c.long("comment", an.Comment)
	return c.err
}

// unknownAccount is the reason for a row whose account is not there.
func unknownAccount(field, key string) error {
	if key == "" {
		return problem(field, "the row names no account; map the column that holds the account's id")
	}
	return problem(field, "there is no account with the id %q; import accounts first, or mend the id", clip(key))
}

// UnknownAccount is the reason for a row of another package whose account is
// not there; field is the target field that named it.
func UnknownAccount(field, key string) error { return unknownAccount(field, key) }

// Problem makes a reason to reject a row; field is the target field it is about.
func Problem(field, format string, args ...any) error {
	return problem(field, "%s", fmt.Sprintf(format, args...))
}
