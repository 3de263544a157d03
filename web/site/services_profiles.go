package site

import (
	"context"
	"io"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/account"
	"github.com/minori-hq/minori/account/profile"
	"github.com/minori-hq/minori/evaluate"
)

// Profiles answers what the page about one account or person shows beyond its facts.
type Profiles interface {
	Timeline(ctx context.Context, actor minori.Actor, subject minori.Subject, kinds []profile.Happened, upTo int64, page minori.Page) ([]profile.Happening, string, error)
	Entry(ctx context.Context, actor minori.Actor, acc, id minori.ID) (profile.Entry, error)
	Receive(actor minori.Actor, content io.Reader) (profile.Blob, error)
	Discard(files []profile.Sent)
	AddEntry(ctx context.Context, actor minori.Actor, e profile.Entry, files []profile.Sent) (profile.Entry, error)
	EditEntry(ctx context.Context, actor minori.Actor, e profile.Entry, files []profile.Sent) (profile.Entry, error)
	DeleteEntry(ctx context.Context, actor minori.Actor, acc, id minori.ID) error
	OpenFile(ctx context.Context, actor minori.Actor, acc minori.ID, id int64) (profile.File, io.ReadSeekCloser, error)
	Family(ctx context.Context, actor minori.Actor, acc account.Account) (parent account.Account, below []account.Account, more bool, err error)
	LastContacts(ctx context.Context, actor minori.Actor, acc minori.ID, upTo int64) (map[minori.ID]int64, error)
	Owned(ctx context.Context, actor minori.Actor, person minori.ID, page minori.Page) ([]account.Account, error)
	Team(ctx context.Context, actor minori.Actor, person account.Person) (account.Label, []account.Person, error)
	People(ctx context.Context, actor minori.Actor, page minori.Page) ([]account.Person, int, error)
	Visible(ctx context.Context, actor minori.Actor, kind minori.SubjectKind, among []minori.ID) ([]minori.ID, error)
}

// Readings takes a measure of one subject apart.
type Readings interface {
	Reading(ctx context.Context, actor minori.Actor, subject minori.Subject, name string, asOf minori.AsOf) (evaluate.Reading, error)
}
