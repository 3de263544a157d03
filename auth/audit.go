// Package auth holds who may come in and what they did: users, sign-in with
// password and second factor, sessions, and the audit log with its chain.
package auth

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"strconv"

	minori "github.com/minori-hq/minori"
)

// Entry is one line of the audit log: who did what to which thing.
type Entry struct {
	ID     int64
	At     int64  // microseconds since 1970 UTC
	Actor  string // minori.Actor.Name
	Action string // dotted verb: import.run, call.close, override.set
	Object string // what it was done to: "call 17", "account A-1"
	Detail string // one sentence or JSON; "" for none
}

// Log keeps the audit log. Appending inside a transaction keeps the line only
// if the transaction is; it is the last thing a transaction does, since lines
// are chained one after the other and others wait.
type Log interface {
	AppendAudit(ctx context.Context, entries ...Entry) error
	// Audit gives lines newest first.
	Audit(ctx context.Context, page minori.Page) ([]Entry, error)
}

// Chain gives the hash of a line that follows the one with the hash prev: the
// SHA-256 of that hash and of the line's fields, each after its length.
func Chain(prev string, e Entry) string {
	h := sha256.New()
	var size [8]byte
	for _, s := range []string{prev, strconv.FormatInt(e.ID, 10), strconv.FormatInt(e.At, 10), e.Actor, e.Action, e.Object, e.Detail} {
		binary.BigEndian.PutUint64(size[:], uint64(len(s)))
		h.Write(size[:])
		h.Write([]byte(s))
	}
	return hex.EncodeToString(h.Sum(nil))
}

// LineState says what the chain tells of a line.
type LineState string

// The states.
const (
	LineIntact  LineState = "intact"
	LineAltered LineState = "altered" // its fields or its hash are not what was written
	LineMissing LineState = "missing" // lines before it are gone
)

// Line is a line of the audit log as read, with what the chain tells of it.
type Line struct {
	Entry
	Hash  string
	State LineState
}

// StateAfter gives what the chain tells of a line that follows the line with
// the number id and the hash prev. Numbers have no gaps: one in front of a line
// that does not fit says that lines were taken away.
func StateAfter(id int64, prev string, e Entry, hash string) LineState {
	switch {
	case Chain(prev, e) == hash:
		return LineIntact
	case e.ID != id+1:
		return LineMissing
	}
	return LineAltered
}

// AuditFilter chooses lines; "" is all.
type AuditFilter struct {
	Actor  string
	Action string // a verb, or the beginning of verbs up to a dot: "user" for user.add
}

// ChainReport is what checking the audit log found.
type ChainReport struct {
	Intact  bool        `json:"intact"`
	Lines   int64       `json:"lines"`   // in the log
	Checked int64       `json:"checked"` // of these
	Faults  []LineFault `json:"faults"`  // at most MaxFaults, oldest first
	// Cut says that the newest lines are gone.
	Cut bool `json:"cut"`
	// Head is the hash of the newest line. Kept elsewhere, it also shows a log
	// that was written anew from its beginning.
	Head string `json:"head"`
}

// LineFault is a line at which the chain does not hold.
type LineFault struct {
	ID    int64     `json:"id"`
	State LineState `json:"state"`
}

// MaxFaults bounds the faults of a ChainReport.
const MaxFaults = 1000

// PageChecked is how many of the newest lines the page of the audit log
// checks; the command checks all.
const PageChecked = 50_000

// AuditLines gives lines of the audit log newest first, with how many there are.
func (s *Service) AuditLines(ctx context.Context, actor minori.Actor, f AuditFilter, page minori.Page) ([]Line, int, error) {
	if err := manages(actor, "read the audit log"); err != nil {
		return nil, 0, err
	}
	return s.store.AuditLines(ctx, f, page)
}

// VerifyAudit checks the chain of the newest lines, all if newest is 0.
func (s *Service) VerifyAudit(ctx context.Context, actor minori.Actor, newest int) (ChainReport, error) {
	if err := manages(actor, "check the audit log"); err != nil {
		return ChainReport{}, err
	}
	return s.store.VerifyAudit(ctx, newest)
}
