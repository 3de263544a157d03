// Package profile answers what the page about one account or person shows beyond
// its facts: the timeline, what people write on it with attached files, and who
// belongs together with whom.
package profile

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/account"
	"github.com/minori-hq/minori/auth"
)

// Happened is a kind of thing on a timeline.
type Happened string

// The kinds. What has a day and no time stands at the day's beginning.
const (
	HappenedTalk         Happened = "talk" // interactions, imported or written here
	HappenedAnswer       Happened = "answer"
	HappenedTicket       Happened = "ticket"
	HappenedTicketClosed Happened = "ticket_closed"
	HappenedCall         Happened = "call" // a call to action was opened
	HappenedCallClosed   Happened = "call_closed"
	HappenedRevenue      Happened = "revenue" // ARR moved
	HappenedChurn        Happened = "churn"
)

// HappenedKinds gives all kinds.
func HappenedKinds() []Happened {
	return []Happened{HappenedTalk, HappenedAnswer, HappenedTicket, HappenedTicketClosed, HappenedCall, HappenedCallClosed, HappenedRevenue, HappenedChurn}
}

// Happening is one thing on a timeline. Which fields are filled depends on its kind.
type Happening struct {
	Kind     Happened
	ID       int64     // of the interaction, answer, ticket, call, ledger entry or churn
	At       int64     // microseconds since 1970 UTC
	Day      bool      // it has a day and no time
	Account  minori.ID // 0 for calls about a person
	Type     string    // of interaction, survey, ticket's priority, call's type, movement
	Title    string    // ticket's id, name of the rule that opened a call
	Text     string    // comment, reason of a call or churn
	Detail   string    // contact of an answer, status of a ticket, outcome of a call
	Score    *float64  // of an answer
	Minor    int64     // change of ARR
	Currency string
	Entry    *Entry // of what was written here
}

// Edge is a place on the timeline of one kind: what comes after it is older.
type Edge struct {
	At int64
	ID int64
}

// Entry is an interaction written here.
type Entry struct {
	account.Interaction
	Version      int64
	Call         int64 // the call to action it belongs to; 0 for none
	Author       string
	AuthorUser   minori.ID
	AuthorPerson minori.ID
	Created      int64
	Edited       int64 // 0 if never
	EditedBy     string
	Persons      []minori.ID // employees who were there
	Contacts     []minori.ID // who was there of the customer
	Mentions     []minori.ID // employees named with @ in the text
	Files        []File
}

// File is a file attached to an entry.
type File struct {
	ID      int64
	Entry   minori.ID
	Account minori.ID
	Hash    string // of its content
	Name    string // as it was sent
	Size    int64
}

// Blob is a file that was received and is not kept yet.
type Blob struct {
	Hash string
	Size int64
	Path string
}

// Files keeps the contents of attached files.
type Files interface {
	// Receive takes a content of at most so many bytes. It is dropped unless kept.
	Receive(content io.Reader, most int64) (Blob, error)
	// Discard drops what was received and not kept.
	Discard(blobs ...Blob)
	// Keep keeps contents if commit succeeds, else nothing of them.
	Keep(blobs []Blob, commit func() error) error
	// Remove removes the contents that forget gives once it succeeded.
	Remove(forget func() (hashes []string, err error)) error
	// Open opens a content.
	Open(hash string) (io.ReadSeekCloser, error)
}

// Store keeps what people write and reads what happened.
type Store interface {
	// Happened gives what happened of one kind to a subject before an edge, newest first.
	Happened(ctx context.Context, kind Happened, subject minori.Subject, before Edge, limit int) ([]Happening, error)
	// Entries gives entries by interaction, with who was there and files.
	Entries(ctx context.Context, ids []minori.ID) (map[minori.ID]*Entry, error)
	// SaveEntry inserts (version 0) or replaces an entry; false if its version is another.
	SaveEntry(ctx context.Context, e *Entry) (bool, error)
	// DeleteEntry removes an entry and gives the contents that no entry has any more.
	DeleteEntry(ctx context.Context, id minori.ID) ([]string, error)
	// CallAbout reports whether a call to action is about a subject.
	CallAbout(ctx context.Context, call int64, subject minori.ID) (bool, error)
	// File gives an attached file.
	File(ctx context.Context, id int64) (File, bool, error)
	// LastContacts gives when contacts of an account last took part in
	// something up to an instant, by contact.
	LastContacts(ctx context.Context, account minori.ID, upTo int64) (map[minori.ID]int64, error)
	// Descendants gives the accounts below one, children first.
	Descendants(ctx context.Context, key string, limit int) ([]account.Account, error)
	// Owned gives the accounts a person looks after, by name.
	Owned(ctx context.Context, person minori.ID, page minori.Page) ([]account.Label, error)
	// Reports gives who has one of these ids or e-mails as manager, by name.
	Reports(ctx context.Context, refs []string, page minori.Page) ([]account.Person, error)
}

// Records is what the service needs of what is kept of accounts and people.
type Records interface {
	auth.Log
	InTx(ctx context.Context, fn func(ctx context.Context) error) error
	SubjectIDs(ctx context.Context, kind account.Kind, keys []string) (map[string]minori.ID, error)
	AllSubjectIDs(ctx context.Context, kind account.Kind) (map[string]minori.ID, error)
	Labels(ctx context.Context, ids []minori.ID) (map[minori.ID]account.Label, error)
	PersonRows(ctx context.Context, ids []minori.ID) (map[minori.ID]account.PersonRow, error)
	PersonsByRef(ctx context.Context, refs []string) (map[string]minori.ID, error)
	FactAccounts(ctx context.Context, kind account.Kind, ids []minori.ID) (map[minori.ID]minori.ID, error)
}

// Config is what the service is made of.
type Config struct {
	Accounts *account.Service
	Records  Records
	Timeline Store
	Files    Files
	Zone     *time.Location // of the workspace
	Clock    minori.Clock
	// Wrote is called in the transaction in which an entry is written; nil for
	// nobody.
	Wrote func(ctx context.Context, e *Entry) error
}

// Service holds the rules and permissions around timelines and profiles.
type Service struct {
	*account.Service
	store    Records
	timeline Store
	files    Files
	zone     *time.Location
	clock    minori.Clock
	wrote    func(ctx context.Context, e *Entry) error
}

// New makes the service.
func New(c Config) *Service {
	return &Service{Service: c.Accounts, store: c.Records, timeline: c.Timeline, files: c.Files, zone: c.Zone, clock: c.Clock, wrote: c.Wrote}
}

// Timeline gives a page of what happened to a subject up to an instant, newest
// first, and the cursor of the next page ("" at the end). No kinds means all.
func (p *Service) Timeline(ctx context.Context, actor minori.Actor, subject minori.Subject, kinds []Happened, upTo int64, page minori.Page) ([]Happening, string, error) {
	if err := p.mayOpen(ctx, actor, subject.Kind, subject.ID); err != nil {
		return nil, "", err
	}
	if len(kinds) == 0 {
		kinds = HappenedKinds()
	}
	at, kind, id := upTo+1, Happened(""), int64(0)
	if page.After != "" {
		var err error
		if at, kind, id, err = readCursor(page.After); err != nil {
			return nil, "", err
		}
	}
	limit := page.Size() + 1
	var out []Happening
	for _, k := range kinds {
		before := Edge{At: at}
		switch {
		case k < kind:
			before.ID = math.MaxInt64
		case k == kind:
			before.ID = id
		}
		list, err := p.happened(ctx, k, subject, before, limit)
		if err != nil {
			return nil, "", err
		}
		out = append(out, list...)
	}
	slices.SortFunc(out, func(a, b Happening) int {
		return cmp.Or(cmp.Compare(b.At, a.At), cmp.Compare(b.Kind, a.Kind), cmp.Compare(b.ID, a.ID))
	})
	next := ""
	if len(out) >= limit {
		out = out[:limit-1]
		last := out[limit-2]
		next = fmt.Sprintf("%d.%s.%d", last.At, last.Kind, last.ID)
	}
	out, err := p.complete(ctx, actor, subject, out)
	return out, next, err
}

// happened reads one kind. Where days are kept the edge is one of days.
func (p *Service) happened(ctx context.Context, kind Happened, subject minori.Subject, before Edge, limit int) ([]Happening, error) {
	days := kind == HappenedRevenue || kind == HappenedChurn
	if days {
		day := minori.DayOf(minori.FromMicros(before.At).In(p.zone))
		if day.Start(p.zone).UnixMicro() < before.At {
			day, before.ID = day+1, 0
		}
		before.At = int64(day)
	}
	list, err := p.timeline.Happened(ctx, kind, subject, before, limit)
	for i := range list {
		list[i].Kind = kind
		if days {
			list[i].At, list[i].Day = minori.Day(list[i].At).Start(p.zone).UnixMicro(), true
		}
	}
	return list, err
}

func readCursor(s string) (at int64, kind Happened, id int64, err error) {
	parts := strings.Split(s, ".")
	bad := minori.Errorf(minori.Invalid, "%q is not a place on a timeline", quoted(s))
	if len(parts) != 3 || !slices.Contains(HappenedKinds(), Happened(parts[1])) {
		return 0, "", 0, bad
	}
	if at, err = strconv.ParseInt(parts[0], 10, 64); err != nil {
		return 0, "", 0, bad
	}
	if id, err = strconv.ParseInt(parts[2], 10, 64); err != nil {
		return 0, "", 0, bad
	}
	return at, Happened(parts[1]), id, nil
}

// complete adds what was written here, and leaves out of a person's timeline
// what belongs to accounts the reader does not see.
func (p *Service) complete(ctx context.Context, actor minori.Actor, subject minori.Subject, list []Happening) ([]Happening, error) {
	var talks, accounts []minori.ID
	for _, h := range list {
		if h.Kind == HappenedTalk {
			talks = append(talks, minori.ID(h.ID))
			accounts = append(accounts, h.Account)
		}
	}
	entries, err := p.timeline.Entries(ctx, talks)
	if err != nil {
		return nil, err
	}
	for i := range list {
		if list[i].Kind == HappenedTalk {
			list[i].Entry = entries[minori.ID(list[i].ID)]
		}
	}
	if subject.Kind == minori.Account || len(accounts) == 0 {
		return list, nil
	}
	seen, err := p.accountsSeen(ctx, actor, accounts)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(list, func(h Happening) bool {
		_, ok := seen[h.Account]
		return h.Kind == HappenedTalk && !ok
	}), nil
}

// mayOpen refuses who may not see a subject, as if it did not exist.
func (p *Service) mayOpen(ctx context.Context, actor minori.Actor, kind minori.SubjectKind, id minori.ID) error {
	return p.See(ctx, actor, kind, id)
}

// OpenFile opens a file attached to something that happened at an account.
func (p *Service) OpenFile(ctx context.Context, actor minori.Actor, acc minori.ID, id int64) (File, io.ReadSeekCloser, error) {
	gone := minori.Errorf(minori.NotFound, "there is no such file")
	if err := p.mayOpen(ctx, actor, minori.Account, acc); err != nil {
		return File{}, nil, err
	}
	f, ok, err := p.timeline.File(ctx, id)
	if err != nil {
		return File{}, nil, err
	}
	if !ok || f.Account != acc {
		return File{}, nil, gone
	}
	content, err := p.files.Open(f.Hash)
	return f, content, err
}

// audit notes what was done to an entry.
func (p *Service) audit(ctx context.Context, actor minori.Actor, verb string, e *Entry) error {
	return p.store.AppendAudit(ctx, auth.Entry{
		At: p.clock().UnixMicro(), Actor: actor.Name, Action: "timeline." + verb,
		Object: fmt.Sprintf("interaction %d", e.ID), Detail: e.Type,
	})
}
