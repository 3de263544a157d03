// Package health tells how the data do that come in: from which sources, what
// is new in them, what waits, what stopped coming and what depends on it, and
// what it takes of the disk.
package health

import (
	"context"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/account"
	"github.com/minori-hq/minori/auth"
	"github.com/minori-hq/minori/evaluate"
	"github.com/minori-hq/minori/ingest"
	"github.com/minori-hq/minori/resource"
)

// Health is how the data do. Instants are microseconds since 1970 UTC, 0 for
// never.
type Health struct {
	Files   []FileSource
	Streams []StreamSource
	// Shapes are names, properties and types of tracked events that were new in
	// the last seven days, the newest first, at most MaxShapes; New counts all.
	Shapes []ingest.Shape
	New    int
	Names  map[int64]string // of sources, by id
	// Inbox counts messages not folded yet, Waiting events whose account is not
	// known, WaitingFor the accounts most of them wait for.
	Inbox, Waiting int64
	WaitingFor     []Waiting
	Stale          []StaleMetric
	Disk           Disk
	Keep           Keep
}

// MaxShapes is how many new shapes are listed.
const MaxShapes = 100

// FileSource is a source of files with its last import.
type FileSource struct {
	Name, Into            string
	Last                  int64 // when an import last began
	Running               bool
	Read, Stored, Refused int64 // rows of that import
}

// StreamSource is a source of tracked messages.
type StreamSource struct {
	ID   int64
	Name string
	Keys []auth.WriteKey // those that hold
	Last int64           // when it sent last
	// Stats are counts since the server began.
	Stats ingest.SourceStats
}

// Waiting is an account that is not known, and for which events wait.
type Waiting struct {
	Account     string // as the events name it; "" for none
	Events      int64
	First, Last int64 // arrival
}

// StaleMetric is a metric whose data stopped coming, with what depends on it.
type StaleMetric struct {
	Name   string
	Fresh  minori.Window
	Latest minori.Day
	Uses   resource.Uses
}

// Disk is what the stores take of the disk, in bytes.
type Disk struct {
	Lake, Records, Free int64
	Tables              []Table
}

// Table is how much a table of the lake holds.
type Table struct {
	Name        string
	Rows, Bytes int64
}

// Keep is for how long raw events are kept.
type Keep struct {
	Days        int
	Old, Events int64 // raw events that are older, and all
	Frees       int64 // bytes that deleting the older ones frees, about
}

// Bounds of Keep.Days.
const (
	LeastKeep = 30
	MostKeep  = 3650
)

// Lake is what the service needs of the analytics store.
type Lake interface {
	// Backlog gives how many messages wait to be folded, since when, and how
	// many events wait for an account.
	Backlog(ctx context.Context) (inbox, since, waiting int64, err error)
	// WaitingFor gives the accounts that most events wait for.
	WaitingFor(ctx context.Context, most int) ([]Waiting, error)
	// Tables gives the tables, the largest first.
	Tables(ctx context.Context) ([]Table, error)
	// EventsBefore counts the raw events that happened before a day, and all.
	EventsBefore(ctx context.Context, day minori.Day) (before, all int64, err error)
	Freshness(ctx context.Context, asOf minori.AsOf) (map[int64]evaluate.Latest, error)
}

// Records is what the service needs of the records store.
type Records interface {
	InTx(ctx context.Context, fn func(ctx context.Context) error) error
	Setting(ctx context.Context, name string) (string, error)
	SetSetting(ctx context.Context, name, value string) error
	AppendAudit(ctx context.Context, entries ...auth.Entry) error
	// IDs gives the surrogate keys of all things of a kind by their names.
	IDs(ctx context.Context, kind string) (map[string]int64, error)
	// LastImports gives the newest import of every source of files, by its name.
	LastImports(ctx context.Context) (map[string]account.ImportRun, error)
}

// Keys gives the write keys.
type Keys interface {
	List(ctx context.Context, actor minori.Actor, page minori.Page) ([]auth.WriteKey, int, error)
}
