// Package files keeps the contents of attached files in a folder, each under
// the hash of its content, so that the same content is kept once.
package files

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/account/profile"
)

// Store is the folder. One process owns it.
type Store struct {
	dir string
	mu  sync.Mutex // what is kept and what is removed do not meet
}

var _ profile.Files = (*Store)(nil)

// Open opens the folder, making it where it does not exist. What a killed
// process had received and not kept is dropped.
func Open(dir string) (*Store, error) {
	s := &Store{dir: dir}
	if err := os.RemoveAll(s.incoming()); err != nil {
		return nil, fmt.Errorf("the folder of attached files: %w", err)
	}
	if err := os.MkdirAll(s.incoming(), 0o700); err != nil {
		return nil, fmt.Errorf("the folder of attached files: %w", err)
	}
	return s, nil
}

func (s *Store) incoming() string { return filepath.Join(s.dir, "incoming") }

// path gives where a content lies; ok is false for what is no hash.
func (s *Store) path(hash string) (path string, ok bool) {
	if b, err := hex.DecodeString(hash); err != nil || len(b) != sha256.Size {
		return "", false
	}
	return filepath.Join(s.dir, hash[:2], hash), true
}

// Receive implements profile.Files.
func (s *Store) Receive(content io.Reader, most int64) (_ profile.Blob, err error) {
	f, err := os.CreateTemp(s.incoming(), "file-")
	if err != nil {
		return profile.Blob{}, unavailable(err)
	}
	defer func() {
		if closed := f.Close(); err == nil && closed != nil {
			err = unavailable(closed)
		}
		if err != nil {
			err = errors.Join(err, os.Remove(f.Name()))
		}
	}()
	sum := sha256.New()
	from := &source{r: io.LimitReader(content, most+1)}
	n, err := io.Copy(io.MultiWriter(f, sum), from)
	switch {
	case from.err != nil:
		return profile.Blob{}, &minori.Error{Code: minori.Invalid, Field: "files", Message: "the file was not sent whole; send it again", Err: from.err}
	case err != nil:
		return profile.Blob{}, unavailable(err)
	case n > most:
		return profile.Blob{}, &minori.Error{Code: minori.Invalid, Field: "files", Message: fmt.Sprintf("the file has more than %d MB; at most that is kept", most>>20)}
	}
	if err := f.Sync(); err != nil {
		return profile.Blob{}, unavailable(err)
	}
	return profile.Blob{Hash: hex.EncodeToString(sum.Sum(nil)), Size: n, Path: f.Name()}, nil
}

// source remembers that reading failed, to tell it from writing.
type source struct {
	r   io.Reader
	err error
}

// Read implements io.Reader.
func (s *source) Read(b []byte) (int, error) {
	n, err := s.r.Read(b)
	if err != nil && err != io.EOF {
		s.err = err
	}
	return n, err
}

func unavailable(err error) error {
	return &minori.Error{Code: minori.Unavailable, Message: "the file cannot be kept; make room on the disk of the data directory and try again", Err: err}
}

// Discard implements profile.Files.
func (s *Store) Discard(blobs ...profile.Blob) {
	for _, b := range blobs {
		_ = os.Remove(b.Path) // it was kept, or is removed at the next start
	}
}

// Keep implements profile.Files.
func (s *Store) Keep(blobs []profile.Blob, commit func() error) (err error) {
	if len(blobs) == 0 {
		return commit()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var made []string
	defer func() {
		s.Discard(blobs...)
		if err != nil {
			for _, path := range made {
				_ = os.Remove(path) // nothing names it
			}
		}
	}()
	for _, b := range blobs {
		path, ok := s.path(b.Hash)
		if !ok {
			return minori.Errorf(minori.Internal, "%q is not the hash of a file", b.Hash)
		}
		if _, err := os.Stat(path); err == nil {
			continue
		}
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return unavailable(err)
		}
		if err := os.Rename(b.Path, path); err != nil {
			return unavailable(err)
		}
		made = append(made, path)
	}
	return commit()
}

// Remove implements profile.Files.
func (s *Store) Remove(forget func() ([]string, error)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	hashes, err := forget()
	if err != nil {
		return err
	}
	for _, hash := range hashes {
		if path, ok := s.path(hash); ok {
			if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return fmt.Errorf("removing an attached file: %w", err)
			}
		}
	}
	return nil
}

// Open implements profile.Files.
func (s *Store) Open(hash string) (io.ReadSeekCloser, error) {
	path, ok := s.path(hash)
	if !ok {
		return nil, minori.Errorf(minori.Internal, "%q is not the hash of a file", hash)
	}
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, &minori.Error{Code: minori.Unavailable, Message: "the file is missing from the data directory; bring it back from a backup", Err: err}
	}
	if err != nil {
		return nil, fmt.Errorf("opening an attached file: %w", err)
	}
	return f, nil
}
