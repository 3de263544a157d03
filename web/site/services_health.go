package site

import (
	"context"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/auth"
	"github.com/minori-hq/minori/ingest"
	"github.com/minori-hq/minori/resource"
)

// Health tells how the data do that come in.
type Health interface {
	// DataHealth gives everything; Forbidden to who may not oversee.
	DataHealth(ctx context.Context, actor minori.Actor) (DataHealth, error)
	// KeepEvents sets for how many days raw events are kept.
	KeepEvents(ctx context.Context, actor minori.Actor, days int) error
}

// DataHealth is how the data do. Instants are microseconds since 1970 UTC, 0
// for never.
type DataHealth struct {
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
	WaitingFor     []WaitingAccount
	Stale          []StaleMetric
	Disk           Disk
	Keep           Keep
}

// MaxShapes is how many new shapes are listed.
const MaxShapes = 100

// FileSource is a source of files with its last import.
type FileSource struct {
	Name, Into, Format    string
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

// WaitingAccount is an account that is not known, and for which events wait.
type WaitingAccount struct {
	Key         string
	Events      int64
	First, Last int64
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
	Tables              []DiskTable
}

// DiskTable is a table of the lake.
type DiskTable struct {
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
