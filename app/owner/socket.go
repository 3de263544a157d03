package owner

import (
	"archive/tar"
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	minori "github.com/minori-hq/minori"
)

// maxSocketPath is the longest path a Unix socket can have, with some room.
const maxSocketPath = 100

// Request is a command sent to the owner.
type Request struct {
	Version string   `json:"version"`
	Args    []string `json:"args"`
	// Inputs are the paths among Args whose content is sent along; the owner
	// sees them under other names.
	Inputs []string `json:"inputs"`
	// Secret is what the caller was asked for without showing it.
	Secret string `json:"secret,omitempty"`
}

// Frame is one piece of what a command answers, in order.
type Frame struct {
	Out  string    `json:"o,omitempty"` // for standard output
	Err  string    `json:"e,omitempty"` // for standard error
	Bar  *Progress `json:"p,omitempty"`
	File *File     `json:"f,omitempty"`
	Exit *int      `json:"x,omitempty"` // last frame
}

// Progress is how far long work is.
type Progress struct {
	Label string `json:"label"`
	Done  int64  `json:"done"`  // bytes or steps
	Total int64  `json:"total"` // 0: not known
	Rows  int64  `json:"rows"`  // rows so far; 0 when work is not in rows
	End   bool   `json:"end,omitempty"`
}

// File is a piece of a file the command writes at the caller's place.
type File struct {
	Path string `json:"path"`
	Data []byte `json:"data"`
	More bool   `json:"more,omitempty"` // append to what came before
}

// Handler runs a command; inputs says where the content of each of
// Request.Inputs, in their order, now lies. It answers by frames and returns
// the exit status.
type Handler func(ctx context.Context, req Request, inputs []string, send func(Frame) error) int

// Serve listens on a socket only this user can open and answers commands until
// the context ends. It writes the socket's path into the lock file.
func (l *Lock) Serve(ctx context.Context, h Handler) error {
	path := filepath.Join(l.dir, socketName)
	if abs, err := filepath.Abs(path); err == nil {
		path = abs
	}
	if len(path) > maxSocketPath {
		dir, err := os.MkdirTemp("", socketDir)
		if err != nil {
			return fmt.Errorf("making a folder for the command socket: %w", err)
		}
		defer os.RemoveAll(dir)
		path = filepath.Join(dir, socketName)
	}
	_ = os.Remove(path)
	ln, err := net.Listen("unix", path)
	if err != nil {
		return fmt.Errorf("listening for commands: %w", err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		_ = ln.Close()
		return fmt.Errorf("protecting the command socket: %w", err)
	}
	l.mine.Socket = path
	if err := l.write(); err != nil {
		_ = ln.Close()
		return err
	}
	srv := &http.Server{Handler: l.handle(h), BaseContext: func(net.Listener) context.Context { return ctx }}
	stop := context.AfterFunc(ctx, func() { _ = srv.Close() })
	defer stop()
	if err := srv.Serve(ln); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serving commands: %w", err)
	}
	return nil
}

func (l *Lock) handle(h Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		enc := json.NewEncoder(w)
		send := func(f Frame) error {
			if err := enc.Encode(f); err != nil {
				return fmt.Errorf("answering the command: %w", err)
			}
			w.(http.Flusher).Flush()
			return nil
		}
		code := 1
		req, inputs, cleanup, err := l.receive(r)
		defer cleanup()
		if err != nil {
			_ = send(Frame{Err: "minori: " + err.Error() + "\n"})
		} else {
			code = h(r.Context(), req, inputs, send)
		}
		_ = send(Frame{Exit: &code})
	})
}

// receive reads the request and spools its files below the data directory.
func (l *Lock) receive(r *http.Request) (Request, []string, func(), error) {
	var req Request
	none := func() {}
	body := bufio.NewReader(r.Body)
	head, err := body.ReadBytes('\n')
	if err != nil {
		return req, nil, none, fmt.Errorf("reading the command: %w", err)
	}
	if err := json.Unmarshal(head, &req); err != nil {
		return req, nil, none, fmt.Errorf("reading the command: %w", err)
	}
	if req.Version != l.mine.Version {
		return req, nil, none, minori.Errorf(minori.Conflict,
			"the running server is version %s and this command %s; use the same version, or stop the server", l.mine.Version, req.Version)
	}
	dir, err := os.MkdirTemp(l.dir, uploadPrefix)
	if err != nil {
		return req, nil, none, fmt.Errorf("making a folder for the command's files: %w", err)
	}
	cleanup := func() { _ = os.RemoveAll(dir) }
	inputs := make([]string, len(req.Inputs))
	for i, p := range req.Inputs {
		inputs[i] = filepath.Join(dir, filepath.FromSlash(spoolName(i, p)))
	}
	if err := unpack(tar.NewReader(body), dir); err != nil {
		cleanup()
		return req, nil, none, err
	}
	return req, inputs, cleanup, nil
}

// spoolName is under which name the i-th input travels: below a folder of its
// own, with the last element of its path, since sources find files by name.
func spoolName(i int, path string) string {
	base := filepath.Base(path)
	if !filepath.IsLocal(base) || base == "." {
		base = "input"
	}
	return strconv.Itoa(i) + "/" + base
}

// unpack writes the files of a tar stream below dir.
func unpack(tr *tar.Reader, dir string) error {
	for {
		h, err := tr.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("receiving files: %w", err)
		}
		if !filepath.IsLocal(h.Name) {
			return minori.Errorf(minori.Invalid, "the file name %q leaves the folder that was sent", h.Name)
		}
		path := filepath.Join(dir, h.Name)
		if h.Typeflag == tar.TypeDir {
			err = os.MkdirAll(path, 0o700)
		} else {
			err = spool(path, tr)
		}
		if err != nil {
			return fmt.Errorf("receiving %s: %w", h.Name, err)
		}
	}
}

func spool(path string, r io.Reader) (err error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	_, err = io.Copy(f, r)
	return err
}

// Call runs a command through the process that owns the directory and hands
// its answer to recv, frame by frame. It returns the exit status.
func Call(ctx context.Context, h *Holder, req Request, recv func(Frame) error) (int, error) {
	pr, pw := io.Pipe()
	go func() { _ = pw.CloseWithError(write(pw, req)) }()
	client := &http.Client{Transport: &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "unix", h.Socket)
		},
	}}
	defer client.CloseIdleConnections()
	hr, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://minori/command", pr)
	if err != nil {
		return 1, fmt.Errorf("preparing the command: %w", err)
	}
	resp, err := client.Do(hr)
	if err != nil {
		return 1, &minori.Error{Code: minori.Unavailable, Message: fmt.Sprintf("the running server (process %d) does not answer on %s", h.PID, h.Socket), Err: err}
	}
	defer resp.Body.Close()
	dec := json.NewDecoder(resp.Body)
	for {
		var f Frame
		if err := dec.Decode(&f); err != nil {
			return 1, &minori.Error{Code: minori.Unavailable, Message: "the server stopped while it ran the command; run it again", Err: err}
		}
		if f.Exit != nil {
			return *f.Exit, nil
		}
		if err := recv(f); err != nil {
			return 1, err
		}
	}
}

// write sends the request line and then the inputs as a tar stream.
func write(w io.Writer, req Request) error {
	if err := json.NewEncoder(w).Encode(req); err != nil {
		return fmt.Errorf("sending the command: %w", err)
	}
	tw := tar.NewWriter(w)
	for i, p := range req.Inputs {
		if err := pack(tw, p, spoolName(i, p)); err != nil {
			return err
		}
	}
	if err := tw.Close(); err != nil {
		return fmt.Errorf("sending files: %w", err)
	}
	return nil
}

// pack writes the file or folder at path under name.
func pack(tw *tar.Writer, path, name string) error {
	err := filepath.WalkDir(path, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := os.Stat(p)
		if err != nil {
			return err
		}
		if !info.IsDir() && !info.Mode().IsRegular() {
			return nil
		}
		if info.IsDir() && !d.IsDir() { // a link to a folder
			return nil
		}
		h, err := tar.FileInfoHeader(info, "")
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(path, p)
		if err != nil {
			return err
		}
		h.Name = filepath.ToSlash(filepath.Join(name, strings.TrimPrefix(rel, ".")))
		if rel == "." {
			h.Name = name
		}
		if err := tw.WriteHeader(h); err != nil || info.IsDir() {
			return err
		}
		f, err := os.Open(p)
		if err != nil {
			return err
		}
		defer f.Close()
		_, err = io.CopyN(tw, f, h.Size)
		return err
	})
	if err != nil {
		return fmt.Errorf("sending %s: %w", path, err)
	}
	return nil
}
