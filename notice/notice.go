// Package notice tells people inside the program what concerns them: that they
// are mentioned, that a call to action is theirs or due, that the score of an
// account of theirs fell, that an import left rows out, that webhooks stopped. A notice has one key
// per cause, so that nothing is told twice.
package notice

import (
	"context"
	"slices"
	"time"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/account"
	"github.com/minori-hq/minori/account/profile"
	"github.com/minori-hq/minori/action"
)

// Kind is what a notice tells.
type Kind string

// The kinds.
const (
	Mention  Kind = "mention"  // somebody wrote my name in a note or comment
	Assigned Kind = "assigned" // a call to action is mine now
	Due      Kind = "due"      // a call of mine is due today
	Overdue  Kind = "overdue"  // a call of mine was due before
	Fell     Kind = "fell"     // the score of an account of mine fell a band
	Rejects  Kind = "rejects"  // an import left rows out
	Webhook  Kind = "webhook"  // an endpoint of webhooks was disabled
)

// Kinds gives the kinds in the order in which preferences show them.
func Kinds() []Kind { return []Kind{Mention, Assigned, Due, Overdue, Fell, Rejects, Webhook} }

// Shared reports whether a kind is for everybody who may configure.
func (k Kind) Shared() bool { return k == Rejects || k == Webhook }

// Bounds of what is kept.
const (
	KeepDays = 90
	KeepEach = 500 // of one recipient
)

// Notice is one thing told to one recipient: an employee, or, for what is
// nobody's in particular, everybody who may configure.
type Notice struct {
	ID      int64
	Key     string // made from the cause
	Kind    Kind
	Person  minori.ID // the employee; 0: who may configure
	At      int64     // microseconds since 1970 UTC
	Subject minori.ID // the account or person it is about; 0: none
	Call    int64     // the call to action; 0: none
	Author  string    // who caused it; "" for the program
	Detail  Detail
	Read    int64 // when it was read; 0: not yet
}

// Detail is what a notice says beside whom it is about.
type Detail struct {
	Text      string     `json:"text,omitempty"` // beginning of a note, reason of a call
	Rule      string     `json:"rule,omitempty"` // that opened the call
	Due       minori.Day `json:"due,omitempty"`
	Scorecard string     `json:"scorecard,omitempty"`
	From      string     `json:"from,omitempty"` // bands
	To        string     `json:"to,omitempty"`
	Rows      int        `json:"rows,omitempty"` // left out
	Webhook   int64      `json:"webhook,omitempty"`
}

// Fall is a score that went to a lower band.
type Fall struct {
	Subject   minori.ID
	Scorecard string
	From, To  string
}

// Import is an import that left rows out.
type Import struct {
	ID       int64
	Source   string
	Actor    string
	Finished int64
	Rows     int
}

// Reader is who reads notices.
type Reader struct {
	Person minori.ID
	Shared bool          // also those for everybody who may configure
	Off    []Kind        // without these
	Scope  account.Scope // only about what is in it
}

// Store is what the service needs of the records store.
type Store interface {
	InTx(ctx context.Context, fn func(ctx context.Context) error) error
	NewIDs(ctx context.Context, sequence string, n int) (int64, error)
	PersonsByRef(ctx context.Context, refs []string) (map[string]minori.ID, error)
	CallsByID(ctx context.Context, ids []int64) (map[int64]action.Call, error)
	// AddNotices keeps notices; one whose key is there already is left out.
	AddNotices(ctx context.Context, list []Notice) error
	// Notices lists notices, newest first, and counts them.
	Notices(ctx context.Context, to Reader, page minori.Page) ([]Notice, int, error)
	// Unread counts notices that were not read.
	Unread(ctx context.Context, to Reader) (int, error)
	// MarkRead marks notices as read; nil means all of the reader.
	MarkRead(ctx context.Context, to Reader, ids []int64, at int64) error
	// OwnersOf gives the CSMs of accounts; those without one are left out.
	OwnersOf(ctx context.Context, accounts []minori.ID) (map[minori.ID]minori.ID, error)
	// DueCalls gives the open calls with an owner that are due up to a day and
	// not snoozed beyond it, by id, after an id.
	DueCalls(ctx context.Context, day minori.Day, after int64, limit int) ([]action.Call, error)
	// RejectedImports gives the imports since an instant that left rows out.
	RejectedImports(ctx context.Context, since int64) ([]Import, error)
	// Trim forgets what is older, and of each recipient all but the newest.
	Trim(ctx context.Context, before int64, each int) error
	// Off gives the kinds that a user does not want to see.
	Off(ctx context.Context, user string) ([]Kind, error)
	SetOff(ctx context.Context, user string, off []Kind) error
}

// Config is what the service is made with.
type Config struct {
	Zone  *time.Location // of the workspace
	Clock minori.Clock
	// Scope says which accounts and people an actor sees.
	Scope func(ctx context.Context, actor minori.Actor) (account.Scope, error)
}

// Service holds the rules of notices.
type Service struct {
	store Store
	cfg   Config
}

// NewService makes a service over a store.
func NewService(store Store, cfg Config) *Service { return &Service{store: store, cfg: cfg} }

func (s *Service) now() int64 { return s.cfg.Clock().UnixMicro() }

func (s *Service) today() minori.Day { return minori.DayOf(s.cfg.Clock().In(s.cfg.Zone)) }

// add gives notices their ids and keeps them.
func (s *Service) add(ctx context.Context, list []Notice) error {
	if len(list) == 0 {
		return nil
	}
	first, err := s.store.NewIDs(ctx, "notice", len(list))
	if err != nil {
		return err
	}
	for i := range list {
		list[i].ID = first + int64(i)
	}
	return s.store.AddNotices(ctx, list)
}

// reader says which notices are an actor's, without those turned off and those
// about what it does not see (any more).
func (s *Service) reader(ctx context.Context, actor minori.Actor) (Reader, error) {
	if err := actor.Require(actor.MayRead(), "read notifications"); err != nil {
		return Reader{}, err
	}
	scope, err := s.cfg.Scope(ctx, actor)
	if err != nil {
		return Reader{}, err
	}
	off, err := s.store.Off(ctx, actor.Name)
	return Reader{Person: actor.Person, Shared: actor.MayConfigure(), Off: off, Scope: scope}, err
}

// List gives the actor's notices, newest first, and how many there are.
func (s *Service) List(ctx context.Context, actor minori.Actor, page minori.Page) ([]Notice, int, error) {
	to, err := s.reader(ctx, actor)
	if err != nil {
		return nil, 0, err
	}
	return s.store.Notices(ctx, to, page)
}

// Unread counts the actor's notices that were not read.
func (s *Service) Unread(ctx context.Context, actor minori.Actor) (int, error) {
	to, err := s.reader(ctx, actor)
	if err != nil {
		return 0, err
	}
	return s.store.Unread(ctx, to)
}

// MarkRead marks one of the actor's notices as read; 0 marks all.
func (s *Service) MarkRead(ctx context.Context, actor minori.Actor, id int64) error {
	to, err := s.reader(ctx, actor)
	if err != nil {
		return err
	}
	if id == 0 {
		return s.store.MarkRead(ctx, to, nil, s.now())
	}
	return s.store.MarkRead(ctx, to, []int64{id}, s.now())
}

// Off gives the kinds the actor has turned off.
func (s *Service) Off(ctx context.Context, actor minori.Actor) ([]Kind, error) {
	to, err := s.reader(ctx, actor)
	return to.Off, err
}

// SetOff turns kinds off, and all others on.
func (s *Service) SetOff(ctx context.Context, actor minori.Actor, off []Kind) error {
	if _, err := s.reader(ctx, actor); err != nil {
		return err
	}
	for _, k := range off {
		if !slices.Contains(Kinds(), k) {
			return minori.Errorf(minori.Invalid, "there is no kind of notification %q", k)
		}
	}
	return s.store.SetOff(ctx, actor.Name, off)
}

// excerpt shortens what somebody wrote.
func excerpt(text string) string {
	const most = 200
	if r := []rune(text); len(r) > most {
		return string(r[:most]) + "…"
	}
	return text
}

// Wrote tells the employees that an entry of a timeline mentions. It runs in
// the transaction of the entry.
func (s *Service) Wrote(ctx context.Context, e *profile.Entry) error {
	var list []Notice
	for _, p := range e.Mentions {
		if p == e.AuthorPerson {
			continue
		}
		list = append(list, Notice{Key: key(Mention, "entry", int64(e.ID), int64(p)), Kind: Mention, Person: p, At: s.now(),
			Subject: e.Account, Author: e.Author, Detail: Detail{Text: excerpt(e.Text)}})
	}
	return s.add(ctx, list)
}
