package owner

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	minori "github.com/minori-hq/minori"
)

var test = Holder{Version: "v1", Command: "test"}

func acquire(t *testing.T, dir string) *Lock {
	t.Helper()
	l, h, err := Acquire(t.Context(), dir, test, time.Second)
	if err != nil || h != nil {
		t.Fatalf("got holder %+v, %v", h, err)
	}
	return l
}

// serve serves h on the lock until the test ends and gives the holder.
func serve(t *testing.T, l *Lock, h Handler) *Holder {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- l.Serve(ctx, h) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	for range 200 {
		_, holder, err := Acquire(t.Context(), l.dir, test, 0)
		if err == nil && holder != nil {
			return holder
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatal("the socket does not come")
	return nil
}

func TestOneOwner(t *testing.T) {
	dir := t.TempDir()
	l := acquire(t, dir)
	start := time.Now()
	_, h, err := Acquire(t.Context(), dir, test, 120*time.Millisecond)
	if h != nil || minori.CodeOf(err) != minori.Unavailable || time.Since(start) < 100*time.Millisecond {
		t.Errorf("a second owner without a socket: %+v, %v after %v", h, err, time.Since(start))
	}
	for _, want := range []string{"minori test", fmt.Sprint(os.Getpid()), dir} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q does not say %q", err, want)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, _, err := Acquire(ctx, dir, test, time.Minute); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("waiting ends with its context: %v", err)
	}
	time.AfterFunc(100*time.Millisecond, func() { _ = l.Close() })
	second, h, err := Acquire(t.Context(), dir, test, 10*time.Second)
	if err != nil || h != nil {
		t.Fatalf("queueing: %+v, %v", h, err)
	}
	if err := second.Close(); err != nil {
		t.Error(err)
	}
	info, err := os.Stat(filepath.Join(dir, lockName))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the lock file: %v, %v", info, err)
	}
	if _, _, err := Acquire(t.Context(), filepath.Join(dir, "missing"), test, 0); err == nil {
		t.Error("a directory that is not there can be owned")
	}
}

// TestDeadOwner: what a killed owner left is removed, what it did not make stays.
func TestDeadOwner(t *testing.T) {
	dir := t.TempDir()
	socket, upload, precious := filepath.Join(dir, socketName), filepath.Join(dir, uploadPrefix+"1"), filepath.Join(t.TempDir(), "precious")
	for _, f := range []string{socket, precious} {
		if err := os.WriteFile(f, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.MkdirAll(filepath.Join(upload, "0"), 0o700); err != nil {
		t.Fatal(err)
	}
	lock := func(text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, lockName), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := acquire(t, dir).Close(); err != nil {
			t.Fatal(err)
		}
	}
	lock(fmt.Sprintf(`{"pid":1,"version":"v0","command":"serve","socket":%q}`, socket))
	for _, gone := range []string{socket, upload} {
		if _, err := os.Stat(gone); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s is left: %v", gone, err)
		}
	}
	lock(fmt.Sprintf(`{"pid":1,"socket":%q}`, precious))
	if _, err := os.Stat(precious); err != nil {
		t.Errorf("a damaged lock file removes any file it names: %v", err)
	}
	for _, damaged := range []string{"", "{", "null", strings.Repeat("x", 10000)} {
		lock(damaged)
	}
}

func TestCall(t *testing.T) {
	l := acquire(t, t.TempDir())
	h := serve(t, l, func(ctx context.Context, req Request, inputs []string, send func(Frame) error) int {
		switch req.Args[0] {
		case "die":
			panic(http.ErrAbortHandler)
		case "wait":
			<-ctx.Done()
			return 9
		}
		_ = send(Frame{Out: "out\n"})
		_ = send(Frame{Err: "err\n"})
		_ = send(Frame{Bar: &Progress{Label: "x", Done: 1, Total: 2}})
		_ = send(Frame{File: &File{Path: "f", Data: []byte{0, 255}}})
		return 3
	})
	if info, err := os.Stat(h.Socket); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the socket: %v, %v", info, err)
	}
	var got []Frame
	code, err := Call(t.Context(), h, Request{Version: "v1", Args: []string{"x"}}, func(f Frame) error { got = append(got, f); return nil })
	if err != nil || code != 3 || len(got) != 4 || got[0].Out != "out\n" || got[1].Err != "err\n" || *got[2].Bar != (Progress{Label: "x", Done: 1, Total: 2}) || !bytes.Equal(got[3].File.Data, []byte{0, 255}) {
		t.Errorf("got %d, %v: %+v", code, err, got)
	}
	var said string
	code, err = Call(t.Context(), h, Request{Version: "v2", Args: []string{"x"}}, func(f Frame) error { said += f.Err; return nil })
	if err != nil || code != 1 || !strings.Contains(said, "v1") || !strings.Contains(said, "v2") {
		t.Errorf("another version: %d, %v: %s", code, err, said)
	}
	if _, err := Call(t.Context(), h, Request{Version: "v1", Args: []string{"die"}}, func(Frame) error { return nil }); minori.CodeOf(err) != minori.Unavailable {
		t.Errorf("a server that dies: %v", err)
	}
	stop := errors.New("stop")
	if _, err := Call(t.Context(), h, Request{Version: "v1", Args: []string{"x"}}, func(Frame) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("a caller that stops: %v", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := Call(ctx, h, Request{Version: "v1", Args: []string{"wait"}}, func(Frame) error { return nil }); err == nil {
		t.Error("a call does not end with its context")
	}
	if _, err := Call(t.Context(), &Holder{PID: 1, Socket: h.Socket + "x"}, Request{}, nil); minori.CodeOf(err) != minori.Unavailable {
		t.Errorf("no server: %v", err)
	}
	if _, err := Call(t.Context(), h, Request{Version: "v1", Args: []string{"x"}, Inputs: []string{"/does/not/exist"}}, func(Frame) error { return nil }); err == nil {
		t.Error("an input that cannot be read")
	}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if code, err := Call(t.Context(), h, Request{Version: "v1", Args: []string{"x"}}, func(Frame) error { return nil }); err != nil || code != 3 {
				t.Errorf("calls at once: %d, %v", code, err)
			}
		})
	}
	wg.Wait()
}

// TestInputs sends files and folders: they arrive whole under their names and
// are gone afterwards, also after a refusal.
func TestInputs(t *testing.T) {
	dir, in := t.TempDir(), t.TempDir()
	big := bytes.Repeat([]byte("0123456789abcdef"), 4<<20) // 64 MB
	want := map[string][]byte{"data/big.bin": big, "data/sub/ゆ.csv": []byte("a,b\n"), "data/empty": nil, "data/linked.csv": []byte("one"), "one.csv": []byte("one")}
	for name, b := range want {
		path := filepath.Join(in, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if name == "data/linked.csv" {
			if err := os.Symlink(filepath.Join(in, "one.csv"), path); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("/etc", filepath.Join(in, "data", "etc")); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(filepath.Join(in, "data", "pipe"), 0o600); err != nil {
		t.Fatal(err)
	}
	var spool string
	h := serve(t, acquire(t, dir), func(_ context.Context, _ Request, inputs []string, send func(Frame) error) int {
		spool = filepath.Dir(filepath.Dir(inputs[0]))
		for i, base := range []string{"data", "one.csv"} {
			if filepath.Base(inputs[i]) != base {
				_ = send(Frame{Err: fmt.Sprintf("input %d is called %s; ", i, inputs[i])})
			}
		}
		got := map[string][]byte{}
		for _, root := range inputs {
			err := filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
				if err != nil || d.IsDir() {
					return err
				}
				rel, err := filepath.Rel(filepath.Dir(root), p)
				if err != nil {
					return err
				}
				got[rel], err = os.ReadFile(p)
				return err
			})
			if err != nil {
				_ = send(Frame{Err: err.Error()})
			}
		}
		for name, b := range want {
			if g, ok := got[name]; !ok || sha256.Sum256(g) != sha256.Sum256(b) {
				_ = send(Frame{Err: fmt.Sprintf("%s: there %v, %d bytes; ", name, ok, len(g))})
			}
			delete(got, name)
		}
		for name := range got {
			_ = send(Frame{Err: "also " + name + "; "})
		}
		return 0
	})
	var said string
	code, err := Call(t.Context(), h, Request{Version: "v1", Args: []string{"x"}, Inputs: []string{filepath.Join(in, "data"), filepath.Join(in, "one.csv")}},
		func(f Frame) error { said += f.Err; return nil })
	if err != nil || code != 0 || said != "" {
		t.Errorf("got %d, %v: %s", code, err, said)
	}
	for range 100 { // the folder goes after the last frame
		if _, err = os.Stat(spool); err != nil {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	if err == nil || filepath.Dir(spool) != dir {
		t.Errorf("the files are left in %s", spool)
	}
}

func TestSpoolName(t *testing.T) {
	for path, want := range map[string]string{"data": "0/data", "./a/b.csv": "0/b.csv", "a/": "0/a", ".": "0/input", "..": "0/input", "../..": "0/input", "/": "0/input", "": "0/input"} {
		if got := spoolName(0, path); got != want {
			t.Errorf("%q travels as %q, want %q", path, got, want)
		}
	}
}

// TestHostileNames: nothing in a stream of files reaches outside its folder.
func TestHostileNames(t *testing.T) {
	for _, h := range []tar.Header{
		{Name: "../evil"}, {Name: "/tmp/minori-evil"}, {Name: "0/../../evil"}, {Name: ".."}, {Name: ""}, {Name: "0/x/../../../evil"},
		{Name: "0/link", Typeflag: tar.TypeSymlink, Linkname: "/etc/passwd"}, {Name: "0/hard", Typeflag: tar.TypeLink, Linkname: "/etc/passwd"},
		{Name: "0/device", Typeflag: tar.TypeChar}, {Name: "0/pipe", Typeflag: tar.TypeFifo}, {Name: "../dir", Typeflag: tar.TypeDir},
	} {
		outer := t.TempDir()
		dir := filepath.Join(outer, "in", "spool")
		if err := os.MkdirAll(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		w := tar.NewWriter(&b)
		if h.Typeflag == 0 {
			h.Typeflag, h.Size = tar.TypeReg, 4
		}
		h.Mode = 0o777
		if err := w.WriteHeader(&h); err != nil {
			t.Fatal(err)
		}
		if h.Size > 0 {
			_, _ = io.WriteString(w, "evil")
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		err := unpack(tar.NewReader(&b), dir)
		if filepath.IsLocal(h.Name) == (err != nil) && h.Typeflag == tar.TypeReg || h.Typeflag == tar.TypeDir && err == nil {
			t.Errorf("%q: %v", h.Name, err)
		}
		walkErr := filepath.WalkDir(outer, func(p string, d fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			if !d.IsDir() && (!d.Type().IsRegular() || !strings.HasPrefix(p, dir+"/")) {
				t.Errorf("%q made %s %s", h.Name, d.Type(), p)
			}
			return nil
		})
		if walkErr != nil {
			t.Error(walkErr)
		}
	}
	for _, cut := range []string{"garbage", strings.Repeat("x", 5000)} {
		if err := unpack(tar.NewReader(strings.NewReader(cut)), t.TempDir()); err == nil {
			t.Errorf("%.10q is taken for a stream of files", cut)
		}
	}
	if _, err := os.Stat("/tmp/minori-evil"); err == nil {
		t.Error("/tmp/minori-evil was written")
	}
}

// TestLongSocketPath: the socket lies elsewhere where its path would be too
// long for the system, and goes with its folder.
func TestLongSocketPath(t *testing.T) {
	dir := filepath.Join(t.TempDir(), strings.Repeat("d", 100))
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	l := acquire(t, dir)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		done <- l.Serve(ctx, func(context.Context, Request, []string, func(Frame) error) int { return 7 })
	}()
	var h *Holder
	for range 200 {
		if _, h, _ = Acquire(t.Context(), dir, test, 0); h != nil {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	if h == nil || strings.HasPrefix(h.Socket, dir) || len(h.Socket) > maxSocketPath {
		t.Fatalf("the holder: %+v", h)
	}
	if code, err := Call(t.Context(), h, Request{Version: "v1", Args: []string{"x"}}, func(Frame) error { return nil }); err != nil || code != 7 {
		t.Errorf("got %d, %v", code, err)
	}
	if info, err := os.Stat(filepath.Dir(h.Socket)); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the socket's folder: %v, %v", info, err)
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if err := l.Close(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(filepath.Dir(h.Socket)); err == nil {
		t.Errorf("%s is left", h.Socket)
	}
}
