package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/minori-hq/minori/app/owner"
)

// frameWriter sends what is written as frames.
type frameWriter func(string) error

// Write implements io.Writer.
func (w frameWriter) Write(b []byte) (int, error) {
	if err := w(string(b)); err != nil {
		return 0, err
	}
	return len(b), nil
}

// fileFrames sends a file that belongs at the caller's place.
type fileFrames struct {
	path string
	send func(owner.Frame) error
	more bool
}

// Write implements io.Writer.
func (f *fileFrames) Write(b []byte) (int, error) {
	if err := f.send(owner.Frame{File: &owner.File{Path: f.path, Data: b, More: f.more}}); err != nil {
		return 0, err
	}
	f.more = true
	return len(b), nil
}

// Close makes sure that an empty file arrives, too.
func (f *fileFrames) Close() error {
	if f.more {
		return nil
	}
	_, err := f.Write(nil)
	return err
}

// fileSink writes files that arrive in pieces.
type fileSink struct{}

func (fileSink) write(f owner.File) error {
	flags := os.O_WRONLY | os.O_CREATE | os.O_TRUNC
	if f.More {
		flags = os.O_WRONLY | os.O_APPEND
	}
	if err := os.MkdirAll(filepath.Dir(f.Path), 0o755); err != nil {
		return fmt.Errorf("making a folder for %s: %w", f.Path, err)
	}
	w, err := os.OpenFile(f.Path, flags, 0o644)
	if err != nil {
		return fmt.Errorf("writing a file: %w", err)
	}
	_, err = w.Write(f.Data)
	if cerr := w.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return fmt.Errorf("writing %s: %w", f.Path, err)
	}
	return nil
}

var _ io.WriteCloser = (*fileFrames)(nil)
