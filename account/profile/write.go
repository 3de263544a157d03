package profile

import (
	"context"
	"io"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/account"
)

// Bounds of what is written on a timeline.
const (
	MaxFileSize = 10 << 20 // bytes of one attached file
	MaxFiles    = 5        // of one entry
	MaxThere    = 50       // employees, and contacts, of one entry
	MaxNote     = 16 << 10 // bytes of its text
	MaxHeading  = 200      // bytes of its title
	maxMentions = 20
)

// EntryTypes gives the types of interaction that people write here.
func EntryTypes() []string { return []string{"note", "call", "email", "meeting", "review"} }

// Sent is a file that came with an entry.
type Sent struct {
	Name string
	Blob Blob
}

// Receive takes a file that comes with an entry. What is received is either
// given to AddEntry or dropped with Discard.
func (p *Service) Receive(actor minori.Actor, content io.Reader) (Blob, error) {
	if err := mayWrite(actor); err != nil {
		return Blob{}, err
	}
	return p.files.Receive(content, MaxFileSize)
}

// Discard drops files that were received.
func (p *Service) Discard(files []Sent) {
	for _, f := range files {
		p.files.Discard(f.Blob)
	}
}

func mayWrite(actor minori.Actor) error {
	return actor.Require(actor.MayAct(), "write on a timeline")
}

// AddEntry writes an interaction on an account's timeline. It counts as an
// imported one does. The files are kept with it, or dropped with the error.
func (p *Service) AddEntry(ctx context.Context, actor minori.Actor, e Entry, files []Sent) (Entry, error) {
	e.ID, e.Version, e.Edited, e.EditedBy = 0, 0, 0, ""
	e.Author, e.AuthorUser, e.AuthorPerson = actor.Name, actor.User, actor.Person
	e.Created = p.clock().UnixMicro()
	if err := p.prepare(ctx, actor, &e); err != nil {
		p.Discard(files)
		return Entry{}, err
	}
	err := p.writeWith(ctx, actor, &e, files, "add")
	return e, err
}

// writeWith writes an entry with files that came with it, beside those that it
// has. The files are kept, or dropped with the error.
func (p *Service) writeWith(ctx context.Context, actor minori.Actor, e *Entry, files []Sent, verb string) error {
	if have := len(e.Files) + len(files); have > MaxFiles {
		p.Discard(files)
		return account.Problem("files", "the entry would have %d files; at most %d are kept with one entry", have, MaxFiles)
	}
	blobs := make([]Blob, len(files))
	for i, f := range files {
		blobs[i] = f.Blob
		e.Files = append(e.Files, File{Hash: f.Blob.Hash, Name: FileName(f.Name), Size: f.Blob.Size})
	}
	return p.files.Keep(blobs, func() error { return p.write(ctx, actor, e, verb) })
}

// EditEntry changes type, time, words and who was there, and adds files; only
// its author may. Version is the one that was read. The files are kept, or
// dropped with the error.
func (p *Service) EditEntry(ctx context.Context, actor minori.Actor, e Entry, files []Sent) (Entry, error) {
	old, err := p.Entry(ctx, actor, e.Account, e.ID)
	if err != nil {
		p.Discard(files)
		return Entry{}, err
	}
	if !old.MayEdit(actor) {
		p.Discard(files)
		return Entry{}, minori.Errorf(minori.Forbidden, "only %s may change this", old.Author)
	}
	if e.Version != old.Version {
		p.Discard(files)
		return old, minori.Errorf(minori.Conflict, "this was changed after you opened it; look at it again before you save")
	}
	e.Author, e.AuthorUser, e.AuthorPerson, e.Created, e.Files = old.Author, old.AuthorUser, old.AuthorPerson, old.Created, old.Files
	e.Edited, e.EditedBy = p.clock().UnixMicro(), actor.Name
	if err := p.prepare(ctx, actor, &e); err != nil {
		p.Discard(files)
		return Entry{}, err
	}
	err = p.writeWith(ctx, actor, &e, files, "edit")
	return e, err
}

// DeleteEntry takes an entry and its files away: its author may, and who may configure.
func (p *Service) DeleteEntry(ctx context.Context, actor minori.Actor, acc, id minori.ID) error {
	old, err := p.Entry(ctx, actor, acc, id)
	if err != nil {
		return err
	}
	if !old.MayDelete(actor) {
		return minori.Errorf(minori.Forbidden, "only %s may delete this", old.Author)
	}
	return p.files.Remove(func() (hashes []string, err error) {
		err = p.store.InTx(ctx, func(ctx context.Context) error {
			if hashes, err = p.timeline.DeleteEntry(ctx, id); err != nil {
				return err
			}
			if err := p.DropInteraction(ctx, id); err != nil {
				return err
			}
			return p.audit(ctx, actor, "delete", &old)
		})
		return hashes, err
	})
}

// Entry gives one entry of an account.
func (p *Service) Entry(ctx context.Context, actor minori.Actor, acc, id minori.ID) (Entry, error) {
	if err := p.mayOpen(ctx, actor, minori.Account, acc); err != nil {
		return Entry{}, err
	}
	m, err := p.timeline.Entries(ctx, []minori.ID{id})
	if err != nil {
		return Entry{}, err
	}
	if e := m[id]; e != nil && e.Account == acc {
		return *e, nil
	}
	return Entry{}, minori.Errorf(minori.NotFound, "there is no such entry")
}

// MayEdit reports whether the actor may change the entry.
func (e *Entry) MayEdit(actor minori.Actor) bool {
	return actor.MayAct() && actor.Name == e.Author && actor.User == e.AuthorUser
}

// MayDelete reports whether the actor may delete the entry.
func (e *Entry) MayDelete(actor minori.Actor) bool { return e.MayEdit(actor) || actor.MayConfigure() }

// prepare checks an entry and finds whom it names.
func (p *Service) prepare(ctx context.Context, actor minori.Actor, e *Entry) error {
	if err := mayWrite(actor); err != nil {
		return err
	}
	if err := p.mayOpen(ctx, actor, minori.Account, e.Account); err != nil {
		return err
	}
	acc, err := p.Account(ctx, actor, e.Account)
	if err != nil {
		return err
	}
	e.AccountKey = acc.Key
	e.Title, e.Text = strings.TrimSpace(e.Title), strings.TrimSpace(strings.ReplaceAll(e.Text, "\r\n", "\n"))
	if err := e.check(p.clock()); err != nil {
		return err
	}
	if e.Mentions, err = p.mentions(ctx, e.Text); err != nil {
		return err
	}
	return p.checkThere(ctx, e)
}

// check checks what was typed.
func (e *Entry) check(now time.Time) error {
	switch {
	case !slices.Contains(EntryTypes(), e.Type):
		return account.Problem("type", "%q is not a type of entry%s", quoted(e.Type), minori.DidYouMean(e.Type, EntryTypes()))
	case e.Title == "" && e.Text == "":
		return account.Problem("text", "write a title or a text before saving")
	case e.Time > now.Add(time.Minute).UnixMicro():
		return account.Problem("time", "the time lies in the future; write down what has happened")
	case len(e.Persons) > MaxThere || len(e.Contacts) > MaxThere:
		return account.Problem("persons", "at most %d people are kept with one entry", MaxThere)
	}
	if err := account.CheckText("title", e.Title, MaxHeading); err != nil {
		return err
	}
	if err := account.CheckText("text", e.Text, MaxNote); err != nil {
		return err
	}
	return e.Validate()
}

// checkThere sees to it that those named as present exist.
func (p *Service) checkThere(ctx context.Context, e *Entry) error {
	slices.Sort(e.Persons)
	slices.Sort(e.Contacts)
	e.Persons, e.Contacts = slices.Compact(e.Persons), slices.Compact(e.Contacts)
	persons, err := p.store.PersonRows(ctx, e.Persons)
	if err != nil {
		return err
	}
	if len(persons) != len(e.Persons) {
		return account.Problem("persons", "somebody named as present is not known any more; choose again")
	}
	if e.Call != 0 {
		about, err := p.timeline.CallAbout(ctx, e.Call, e.Account)
		if err != nil {
			return err
		}
		if !about {
			return account.Problem("call", "call %d is not about this account; choose again", e.Call)
		}
	}
	if len(e.Contacts) == 0 {
		return nil
	}
	owners, err := p.store.FactAccounts(ctx, account.KindContact, e.Contacts)
	if err != nil {
		return err
	}
	for _, id := range e.Contacts {
		if owners[id] != e.Account {
			return account.Problem("contacts", "a contact named as present does not belong to this account; choose again")
		}
	}
	return nil
}

// write keeps an entry with what it counts as, in one transaction.
func (p *Service) write(ctx context.Context, actor minori.Actor, e *Entry, verb string) error {
	return p.store.InTx(ctx, func(ctx context.Context) error {
		if err := p.KeepInteraction(ctx, &e.Interaction); err != nil {
			return err
		}
		ok, err := p.timeline.SaveEntry(ctx, e)
		if err != nil {
			return err
		}
		if !ok {
			return minori.Errorf(minori.Conflict, "this was changed after you opened it; look at it again before you save")
		}
		if p.wrote != nil {
			if err := p.wrote(ctx, e); err != nil {
				return err
			}
		}
		return p.audit(ctx, actor, verb, e)
	})
}

// mentioned finds @ with an id or e-mail of an employee behind it.
var mentioned = regexp.MustCompile(`(?:^|[\s(（、。「])@([\pL\pN][\pL\pN._+-]*(?:@[\pL\pN][\pL\pN.-]*)?)`)

// Mentioned gives what stands behind each @ in a text, and where: from the @
// on up to the end.
func Mentioned(text string) (refs []string, at [][2]int) {
	for _, m := range mentioned.FindAllStringSubmatchIndex(text, -1) {
		ref := strings.TrimRight(text[m[2]:m[3]], ".-")
		refs, at = append(refs, ref), append(at, [2]int{m[2] - 1, m[2] + len(ref)})
		if len(refs) == maxMentions {
			break
		}
	}
	return refs, at
}

// mentions finds the employees that a text names.
func (p *Service) mentions(ctx context.Context, text string) ([]minori.ID, error) {
	refs, _ := Mentioned(text)
	if len(refs) == 0 {
		return nil, nil
	}
	known, err := p.store.PersonsByRef(ctx, refs)
	if err != nil {
		return nil, err
	}
	var out []minori.ID
	for _, id := range known {
		out = append(out, id)
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}

// FileName makes the name of a file that was sent fit to be shown and saved:
// no folders, no control characters, at most 200 characters.
func FileName(s string) string {
	if i := strings.LastIndexAny(s, `/\`); i >= 0 {
		s = s[i+1:]
	}
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == unicode.ReplacementChar {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, ""))
	s = strings.TrimSpace(s)
	if runes := []rune(s); len(runes) > 200 {
		ext := []rune{}
		if dot := strings.LastIndexByte(s, '.'); dot > 0 && len(s)-dot <= 12 {
			ext = []rune(s[dot:])
		}
		s = string(runes[:200-len(ext)]) + string(ext)
	}
	if strings.Trim(s, ".") == "" {
		return "file"
	}
	return s
}

// quoted shortens what somebody sent for a message.
func quoted(s string) string {
	if runes := []rune(strings.ToValidUTF8(s, "")); len(runes) > 60 {
		return string(runes[:60]) + "…"
	}
	return s
}
