package subject

import (
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/account"
	"github.com/minori-hq/minori/account/profile"
	"github.com/minori-hq/minori/action"
	"github.com/minori-hq/minori/web/site"
	"github.com/minori-hq/minori/web/ui"
)

// MaxUpload bounds what the form of an entry sends with its files, in bytes.
const MaxUpload = profile.MaxFiles*profile.MaxFileSize + 1<<20

// maxFields bounds its words, in bytes.
const maxFields = 128 << 10

// Draft is an entry as it was typed, with what its form chooses from.
type Draft struct {
	Entry    profile.Entry
	Page     *Page
	When     string // as typed
	Error    error
	Contacts []account.Contact
	Persons  []account.Person
	Calls    []*action.Call
}

// NewDraft begins an entry: now, with the author there.
func (s Pages) NewDraft(r *site.Request, p *Page) *Draft {
	d := &Draft{Page: p}
	d.Entry.Account, d.Entry.Type = p.Subject.ID, "note"
	d.Entry.Time = s.Clock().UnixMicro()
	d.When = clock(r.View, d.Entry.Time)
	if r.Actor.Person != 0 {
		d.Entry.Persons = []minori.ID{r.Actor.Person}
	}
	return d
}

// EditDraft begins a change of an entry.
func (s Pages) EditDraft(r *site.Request, p *Page, id minori.ID) (*Draft, error) {
	e, err := s.Profiles.Entry(r.Context(), r.Actor, p.Subject.ID, id)
	if err != nil {
		return nil, gone(r, err)
	}
	return &Draft{Page: p, Entry: e, When: clock(r.View, e.Time)}, nil
}

func gone(r *site.Request, err error) error {
	if minori.CodeOf(err) == minori.NotFound {
		return minori.Errorf(minori.NotFound, "%s", r.View.T("timeline.gone"))
	}
	return err
}

// Fill reads what the form chooses from.
func (s Pages) Fill(r *site.Request, d *Draft) error {
	var err error
	if d.Contacts, err = s.Accounts.Contacts(r.Context(), r.Actor, d.Page.Subject.ID, minori.Page{Limit: maxListed}); err != nil {
		return err
	}
	if d.Persons, err = s.Accounts.Persons(r.Context(), r.Actor, minori.Page{Limit: minori.MaxPage}); err != nil {
		return err
	}
	today := r.View.Today
	d.Persons = slices.DeleteFunc(d.Persons, func(x account.Person) bool {
		return x.Left != nil && *x.Left < today && !slices.Contains(d.Entry.Persons, x.ID)
	})
	if err := s.ReadCalls(r, d.Page); err != nil {
		return err
	}
	d.Calls = d.Page.CallsBy(true)
	return nil
}

// ReadUpload reads a form with files, part by part. The files are received,
// not kept: the caller gives them to the service or drops them. When it gives
// an error nothing is left of them.
func (s Pages) ReadUpload(r *site.Request, d *Draft) (files []profile.Sent, err error) {
	form, err := r.MultipartReader()
	if err != nil {
		return nil, site.Invalid(r.View.T("timeline.not-a-form"))
	}
	defer func() {
		if err != nil {
			s.Profiles.Discard(files)
			files = nil
		}
	}()
	fields := map[string][]string{}
	left := int64(maxFields)
	for {
		part, err := form.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return files, cut(r, err)
		}
		if part.FormName() == "files" && part.FileName() != "" {
			sent, err := s.receive(r, part, len(files))
			if err != nil {
				return files, err
			}
			files = append(files, sent)
			continue
		}
		text, err := io.ReadAll(io.LimitReader(part, left+1))
		if err != nil {
			return files, cut(r, err)
		}
		if left -= int64(len(text)); left < 0 {
			return files, site.Invalid(r.View.T("form.too-large", "size", maxFields>>10))
		}
		if name := part.FormName(); name != "files" {
			fields[name] = append(fields[name], string(text))
		}
	}
	return files, d.read(r, fields)
}

// ReadChange reads a change, with files or, as a form that was kept over a new
// sign-in comes, without.
func (s Pages) ReadChange(r *site.Request, d *Draft) ([]profile.Sent, error) {
	if !strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded") {
		return s.ReadUpload(r, d)
	}
	if err := r.ParseForm(); err != nil {
		return nil, cut(r, err)
	}
	return nil, d.read(r, r.PostForm)
}

// cut says that a form did not arrive whole.
func cut(r *site.Request, err error) error {
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		return site.Invalid(r.View.T("form.too-large", "size", MaxUpload>>10))
	}
	return site.Invalid(r.View.T("timeline.cut"))
}

func (s Pages) receive(r *site.Request, part *multipart.Part, have int) (profile.Sent, error) {
	if have >= profile.MaxFiles {
		return profile.Sent{}, site.Invalid(r.View.T("timeline.too-many-files", "count", profile.MaxFiles))
	}
	blob, err := s.Profiles.Receive(r.Actor, part)
	if err == nil {
		return profile.Sent{Name: part.FileName(), Blob: blob}, nil
	}
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return profile.Sent{}, site.Invalid(r.View.T("form.too-large", "size", MaxUpload>>10))
	case errors.Is(err, io.ErrUnexpectedEOF):
		return profile.Sent{}, site.Invalid(r.View.T("timeline.cut"))
	case minori.CodeOf(err) == minori.Invalid:
		return profile.Sent{}, site.Invalid(r.View.T("timeline.file-too-large", "name", site.Clip(profile.FileName(part.FileName()), 60), "size", profile.MaxFileSize>>20))
	}
	return profile.Sent{}, site.Refused(r, err)
}

// read takes an entry from what was typed.
func (d *Draft) read(r *site.Request, fields map[string][]string) error {
	first := func(name string) string {
		if v := fields[name]; len(v) > 0 {
			return v[0]
		}
		return ""
	}
	e := &d.Entry
	e.Type, e.Title, e.Text, d.When = first("type"), first("title"), first("text"), first("time")
	e.Persons, e.Contacts = idsOf(fields["persons"]), idsOf(fields["contacts"])
	e.Call, _ = strconv.ParseInt(first("call"), 10, 64) // a call that is none is left out
	if v := first("version"); v != "" {
		e.Version, _ = strconv.ParseInt(v, 10, 64) // what is no version is none that fits
	}
	at, err := time.ParseInLocation("2006-01-02T15:04", d.When, r.View.Location())
	if err != nil {
		return site.Invalid(r.View.T("form.bad-day", "field", r.View.T("timeline.when"), "value", site.Clip(d.When, 40)))
	}
	e.Time = at.UnixMicro()
	return nil
}

func idsOf(values []string) []minori.ID {
	var out []minori.ID
	for _, v := range values {
		if n, err := strconv.ParseInt(v, 10, 64); err == nil && n > 0 && len(out) <= profile.MaxThere {
			out = append(out, minori.ID(n))
		}
	}
	return out
}

// Wrong gives what is wrong with an entry in the reader's words.
func Wrong(r *site.Request, err error) error {
	v := r.View
	var e *minori.Error
	if !errors.As(err, &e) || e.Code != minori.Invalid {
		if minori.CodeOf(err) == minori.Conflict {
			return minori.Errorf(minori.Conflict, "%s", v.T("timeline.conflict"))
		}
		return site.Refused(r, gone(r, err))
	}
	switch e.Field {
	case "files":
		return site.Invalid(v.T("timeline.too-many-files", "count", profile.MaxFiles))
	case "type":
		return site.Invalid(v.T("timeline.bad-type"))
	case "time":
		return site.Invalid(v.T("timeline.bad-time"))
	case "title":
		return site.Invalid(v.T("timeline.bad-title", "count", profile.MaxHeading))
	case "text":
		return site.Invalid(v.T("timeline.bad-text", "count", profile.MaxNote>>10))
	case "persons", "contacts":
		return site.Invalid(v.T("timeline.bad-people", "count", profile.MaxThere))
	case "call":
		return site.Invalid(v.T("timeline.bad-call"))
	}
	return err
}

// named is a colleague as @ names them.
type named struct {
	Insert string `json:"insert"`
	Title  string `json:"title"`
}

// mentionable are the colleagues whom the text may name.
func (d *Draft) mentionable() []named {
	out := make([]named, len(d.Persons))
	for i, p := range d.Persons {
		out[i] = named{Insert: "@" + p.Key, Title: personName(p)}
	}
	return out
}

// room is how many more files the entry may have.
func (d *Draft) room() int { return max(0, profile.MaxFiles-len(d.Entry.Files)) }

// types are the choices of the form.
func types(v ui.View) []ui.Option {
	var out []ui.Option
	for _, t := range profile.EntryTypes() {
		out = append(out, ui.Option{Value: t, Label: TalkWord(v, t)})
	}
	return out
}

// callChoices are the calls to action an entry may belong to.
func (d *Draft) callChoices(r *site.Request) []ui.Option {
	out := []ui.Option{{Label: r.View.T("timeline.no-call")}}
	known := d.Entry.Call == 0
	for _, c := range d.Calls {
		known = known || c.ID == d.Entry.Call
		out = append(out, ui.Option{Value: itoa(c.ID), Label: r.Words().CallTitle(c)})
	}
	if !known {
		out = append(out, ui.Option{Value: itoa(d.Entry.Call), Label: r.View.T("timeline.belongs", "id", d.Entry.Call)})
	}
	return out
}
