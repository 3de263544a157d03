// Package owner decides which process owns a data directory, and lets commands
// of other processes run through the one that does. The embedded stores take
// one writing process each; a lock file says who it is and on which Unix
// socket it listens.
package owner

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	minori "github.com/minori-hq/minori"
)

// Names in the data directory, and of the folder a socket lies in where the
// data directory's path is too long for one.
const (
	lockName     = "minori.lock"
	socketName   = "minori.sock"
	uploadPrefix = "upload-"
	socketDir    = "minori-"
)

// Holder is what the lock file says of the owning process.
type Holder struct {
	PID     int    `json:"pid"`
	Version string `json:"version"`
	Command string `json:"command"`
	Socket  string `json:"socket,omitempty"` // "" while the process takes no commands
}

// Lock is the ownership of a data directory; it ends with Close or the process.
type Lock struct {
	dir  string
	file *os.File
	mine Holder
}

// Acquire takes the directory. When another process holds it, it returns that
// holder if it listens on a socket; otherwise it waits up to wait and then
// fails with minori.Unavailable.
func Acquire(ctx context.Context, dir string, me Holder, wait time.Duration) (*Lock, *Holder, error) {
	f, err := os.OpenFile(filepath.Join(dir, lockName), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, nil, fmt.Errorf("opening the lock file: %w", err)
	}
	deadline := time.Now().Add(wait)
	for {
		err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err == nil {
			return take(dir, f, me)
		}
		if !errors.Is(err, syscall.EWOULDBLOCK) {
			_ = f.Close()
			return nil, nil, fmt.Errorf("locking the data directory: %w", err)
		}
		h := read(f)
		if h != nil && h.Socket != "" {
			_ = f.Close()
			return nil, h, nil
		}
		if time.Now().After(deadline) {
			_ = f.Close()
			return nil, nil, busy(dir, h)
		}
		select {
		case <-ctx.Done():
			_ = f.Close()
			return nil, nil, ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// take writes who owns the directory and removes what a dead owner left: its
// socket and the files that callers had sent it.
func take(dir string, f *os.File, me Holder) (*Lock, *Holder, error) {
	if old := read(f); old != nil && old.Socket != "" {
		removeSocket(dir, old.Socket)
	}
	if left, err := filepath.Glob(filepath.Join(dir, uploadPrefix+"*")); err == nil {
		for _, d := range left {
			_ = os.RemoveAll(d)
		}
	}
	me.PID = os.Getpid()
	l := &Lock{dir: dir, file: f, mine: me}
	if err := l.write(); err != nil {
		_ = f.Close()
		return nil, nil, err
	}
	return l, nil, nil
}

// removeSocket removes a dead owner's socket, and the folder that was made for
// it where the data directory's path was too long.
func removeSocket(dir, socket string) {
	if filepath.Base(socket) != socketName {
		return // not a file that Serve made
	}
	_ = os.Remove(socket)
	if parent := filepath.Dir(socket); filepath.Base(parent) != filepath.Base(dir) && strings.HasPrefix(filepath.Base(parent), socketDir) {
		_ = os.Remove(parent) // only if empty
	}
}

func busy(dir string, h *Holder) error {
	who := "another process"
	if h != nil {
		who = fmt.Sprintf("minori %s (process %d)", h.Command, h.PID)
	}
	return minori.Errorf(minori.Unavailable, "%s is using %s; wait until it is done, or stop it, and run the command again", who, dir)
}

// read gives what the lock file says, nil if it says nothing readable.
func read(f *os.File) *Holder {
	b := make([]byte, 4096)
	n, err := f.ReadAt(b, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil
	}
	var h Holder
	if json.Unmarshal(b[:n], &h) != nil {
		return nil
	}
	return &h
}

func (l *Lock) write() error {
	b, err := json.Marshal(l.mine)
	if err != nil {
		return fmt.Errorf("encoding the lock: %w", err)
	}
	if err := l.file.Truncate(0); err != nil {
		return fmt.Errorf("writing the lock file: %w", err)
	}
	if _, err := l.file.WriteAt(b, 0); err != nil {
		return fmt.Errorf("writing the lock file: %w", err)
	}
	return nil
}

// Close gives the directory up.
func (l *Lock) Close() error {
	if l.mine.Socket != "" {
		_ = os.Remove(l.mine.Socket)
		l.mine.Socket = ""
		_ = l.write()
	}
	return l.file.Close()
}
