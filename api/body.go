package api

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/ingest"
)

// firstBuffer is what a body gets before anything of it is there; it grows with
// what arrives, so that who sends nothing holds little.
const firstBuffer = 64 << 10

// body is a body in memory; give it back with release.
type body struct {
	data []byte
	held int64 // bytes counted for it
}

// read reads a body whole, inflated.
func (t *Tracking) read(w http.ResponseWriter, r *http.Request, to target) (*body, error) {
	limit := int64(maxBody)
	if to.past {
		limit = maxImport
	}
	if r.ContentLength > limit {
		return nil, tooLarge(limit)
	}
	if e := strings.ToLower(r.Header.Get("Content-Encoding")); e != "" && e != "gzip" && e != "identity" {
		return nil, status{http.StatusUnsupportedMediaType, "a body may be compressed with gzip, not with " + clipped(e)}
	}
	b, err := t.fill(http.MaxBytesReader(w, r.Body, limit), limit)
	if err != nil {
		return nil, readError(err, limit)
	}
	if to.shape.PostHog && bytes.HasPrefix(b.data, []byte("data=")) {
		if err := b.unform(); err != nil {
			t.release(b)
			return nil, err
		}
	}
	return t.inflated(b, limit)
}

// unform takes the JSON out of a form, as PostHog's client for browsers sends
// it when a page is closed.
func (b *body) unform() error {
	form, err := url.ParseQuery(string(b.data))
	if err != nil {
		return minori.Errorf(minori.Invalid, "the body is not a form")
	}
	text := form.Get("data")
	if n, err := base64.StdEncoding.Decode(b.data, []byte(text)); err == nil {
		b.data = b.data[:n]
	} else {
		b.data = append(b.data[:0], text...)
	}
	return nil
}

// readError says why a body could not be read.
func readError(err error, limit int64) error {
	var most *http.MaxBytesError
	var said status
	var full ingest.Full
	switch {
	case errors.As(err, &said) || errors.As(err, &full):
		return err
	case errors.As(err, &most):
		return tooLarge(limit)
	case errors.Is(err, os.ErrDeadlineExceeded):
		return status{http.StatusRequestTimeout, "the body did not arrive in time"}
	}
	return &minori.Error{Code: minori.Invalid, Message: "the body ended too early", Err: err}
}

func tooLarge(limit int64) error {
	return status{http.StatusRequestEntityTooLarge, fmt.Sprintf("the body is larger than %d KB; send it in parts", limit>>10)}
}

// fill reads everything into memory, at most limit bytes and what is left for
// all bodies.
func (t *Tracking) fill(from io.Reader, limit int64) (*body, error) {
	b := &body{}
	if err := t.take(b, firstBuffer); err != nil {
		return nil, err
	}
	if p, ok := t.buffers.Get().(*[]byte); ok {
		b.data = (*p)[:0]
	} else {
		b.data = make([]byte, 0, firstBuffer)
	}
	for {
		if len(b.data) == cap(b.data) {
			if err := t.grow(b, limit); err != nil {
				t.release(b)
				return nil, err
			}
		}
		n, err := from.Read(b.data[len(b.data):cap(b.data)])
		b.data = b.data[:len(b.data)+n]
		switch {
		case errors.Is(err, io.EOF):
			return b, nil
		case err != nil:
			t.release(b)
			return nil, err
		case int64(len(b.data)) > limit:
			t.release(b)
			return nil, tooLarge(limit)
		}
	}
}

// grow makes room for more.
func (t *Tracking) grow(b *body, limit int64) error {
	size := min(2*cap(b.data), int(limit)+1)
	if err := t.take(b, int64(size)); err != nil {
		return err
	}
	b.data = append(make([]byte, 0, size), b.data...)
	return nil
}

// take counts bytes for a body; ingest.Full when there are no more.
func (t *Tracking) take(b *body, n int64) error {
	if t.held.Add(n) > heldMost {
		t.held.Add(-n)
		return ingest.Full{RetryAfter: busyRetry}
	}
	b.held += n
	return nil
}

// release gives the memory of a body back.
func (t *Tracking) release(b *body) {
	t.held.Add(-b.held)
	if cap(b.data) == firstBuffer {
		data := b.data[:0]
		t.buffers.Put(&data)
	}
	*b = body{}
}

// inflated gives the body without its compression. Whether there is one is
// seen by its first bytes: not all clients say it, and JSON never begins so.
func (t *Tracking) inflated(b *body, limit int64) (*body, error) {
	if !bytes.HasPrefix(b.data, []byte{0x1f, 0x8b}) {
		return b, nil
	}
	defer t.release(b)
	z, ok := t.inflate.Get().(*gzip.Reader)
	if !ok {
		z = new(gzip.Reader)
	}
	defer t.inflate.Put(z)
	err := z.Reset(bytes.NewReader(b.data))
	var out *body
	if err == nil {
		out, err = t.fill(z, limit)
	}
	var said status
	var full ingest.Full
	if err != nil && !errors.As(err, &said) && !errors.As(err, &full) {
		return nil, minori.Errorf(minori.Invalid, "the body is not valid gzip")
	}
	return out, err
}
