// Package resource keeps the configuration as text: kinds parsed with
// positions, checked as a whole, compared, applied in one transaction, kept as
// versions, exported and rolled back.
package resource

import (
	"context"
	"time"

	"github.com/minori-hq/minori/resource/document"
)

// File is a configuration file.
type File = document.File

// Definition is one resource as stored.
type Definition struct {
	Kind    string
	Name    string
	ID      int64  // stable key of (kind, name), also after deletion and across versions
	Version int64  // workspace version in which this text was applied
	Text    string // YAML of the one document, as its author wrote it
}

// Version is one applied state of the workspace.
type Version struct {
	Number  int64
	Time    time.Time
	Author  string
	Comment string
	Created []string // "Kind name"
	Updated []string
	Deleted []string
}

// Change is one difference applied with a version.
type Change struct {
	Kind, Name string
	Text       string // "" deletes
}

// Store keeps definitions and their history.
type Store interface {
	// Definitions gives the definitions in force at a version, ordered by kind
	// and name; 0 means now. It also gives the number of that version.
	Definitions(ctx context.Context, version int64) (number int64, defs []Definition, err error)
	// Save writes changes as the version after base. minori.Conflict when the
	// present version is not base any more.
	Save(ctx context.Context, base int64, v Version, changes []Change) (number int64, err error)
	// Versions gives the versions, newest first.
	Versions(ctx context.Context, limit, offset int) ([]Version, error)
	// EnsureIDs gives the stable keys of (kind, name), making them where needed.
	EnsureIDs(ctx context.Context, kind string, names []string) (map[string]int64, error)
	// InTx runs fn in one transaction of the records store.
	InTx(ctx context.Context, fn func(ctx context.Context) error) error
}
