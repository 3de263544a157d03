package rowio

import (
	"bytes"
	"errors"
	"io"
	"os"
)

// errFull says that the window has grown to its limit and holds no complete record.
var errFull = errors.New("rowio: record over the limit")

// window is the unread part of a text file. It keeps a whole record so that reading can go back to its second line.
type window struct {
	src      io.Reader
	buf      []byte
	pos, end int
	max      int
	eof      bool
	err      error // sticky, from the source
}

func newWindow(src io.Reader, size, max int) *window {
	return &window{src: src, buf: make([]byte, min(size, max)), max: max}
}

// bytes is what has been read from the source and not yet been taken.
func (w *window) bytes() []byte { return w.buf[w.pos:w.end] }

// take moves behind n bytes.
func (w *window) take(n int) { w.pos += n }

// fill reads more behind the unread bytes, which keep their order but may move. It returns io.EOF at the source's end
// and errFull when the unread bytes fill the largest buffer.
func (w *window) fill() error {
	if w.err != nil {
		return w.err
	}
	if w.eof {
		return io.EOF
	}
	if w.pos > 0 {
		w.end = copy(w.buf, w.buf[w.pos:w.end])
		w.pos = 0
	}
	if w.end == len(w.buf) {
		if len(w.buf) >= w.max {
			return errFull
		}
		w.buf = append(w.buf, make([]byte, min(len(w.buf), w.max-len(w.buf)))...)
	}
	n, err := io.ReadFull(w.src, w.buf[w.end:])
	w.end += n
	switch {
	case err == io.EOF || err == io.ErrUnexpectedEOF:
		w.eof = true
		if n == 0 {
			return io.EOF
		}
	case err != nil:
		w.err = err
		return err
	}
	return nil
}

// at returns the byte i behind the window's start, filling as needed.
func (w *window) at(i int) (byte, error) {
	for w.pos+i >= w.end {
		if err := w.fill(); err != nil {
			return 0, err
		}
	}
	return w.buf[w.pos+i], nil
}

// line returns the index of the line end, or of the text's end when the last line has none.
func (w *window) line(nl byte) (int, error) {
	from := 0
	for {
		data := w.bytes()
		if i := bytes.IndexByte(data[from:], nl); i >= 0 {
			return from + i, nil
		}
		from = len(data)
		err := w.fill()
		if err == io.EOF && from > 0 {
			return from, nil
		}
		if err != nil {
			return 0, err
		}
	}
}

// textFile is an open text file with its window.
type textFile struct {
	path  string
	file  *os.File
	size  int64
	text  textInfo
	count *countingReader
	win   *window
}

func openText(path string, size int64, opt Options) (*textFile, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, &FileError{File: path, Reason: "the file cannot be opened", Err: err}
	}
	t := &textFile{path: path, file: f, size: size}
	if t.text, err = resolveEncoding(f, opt.Encoding); err != nil {
		_ = f.Close()
		return nil, &FileError{File: path, Reason: "the file's text cannot be decoded", Err: err}
	}
	if _, err = f.Seek(int64(t.text.bom), io.SeekStart); err != nil {
		_ = f.Close()
		return nil, &FileError{File: path, Reason: "the file cannot be read", Err: err}
	}
	t.count = &countingReader{r: f, n: int64(t.text.bom)}
	t.win = newWindow(t.text.reader(t.count), 256<<10, max(opt.MaxField*recordFactor, 4<<10))
	if err := t.win.fill(); err != nil && err != io.EOF {
		_ = f.Close()
		return nil, t.broken(err)
	}
	return t, nil
}

// broken reports a failing disk or network.
func (t *textFile) broken(err error) error {
	return &FileError{File: t.path, Reason: "reading failed", Err: err}
}

func (t *textFile) Size() int64  { return t.size }
func (t *textFile) Close() error { return t.file.Close() }

func (t *textFile) Offset() int64 {
	return max(0, t.count.n-int64(t.win.end-t.win.pos))
}
