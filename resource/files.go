package resource

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/resource/yamltree"
)

// Bounds of what is read from a directory.
const (
	maxFiles = 1000
	maxTotal = 16 << 20 // bytes
	maxDeep  = 20       // folders
)

// Read reads the files of a workspace: all *.yaml and *.yml below a directory,
// or one file given itself. Links that lead out of the directory are refused,
// folders beginning with a dot are left out.
func Read(name string) ([]File, error) {
	info, err := os.Stat(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, minori.Errorf(minori.Invalid, "there is no %s: name the folder or file with the workspace's YAML", name)
	}
	if err != nil {
		return nil, unreadable(name, err)
	}
	if !info.IsDir() {
		f, err := os.Open(name)
		if err != nil {
			return nil, unreadable(name, err)
		}
		defer func() { _ = f.Close() }()
		data, err := bounded(f)
		if err != nil {
			return nil, unreadable(name, err)
		}
		return []File{{Name: name, Data: data}}, nil
	}
	root, err := os.OpenRoot(name)
	if err != nil {
		return nil, unreadable(name, err)
	}
	defer func() { _ = root.Close() }()
	files, err := ReadFS(root.FS())
	for i := range files {
		files[i].Name = filepath.Join(name, filepath.FromSlash(files[i].Name))
	}
	if err == nil && len(files) == 0 {
		err = minori.Errorf(minori.Invalid, "there are no .yaml or .yml files below %s", name)
	}
	return files, err
}

// ReadFS reads all *.yaml and *.yml of a file system.
func ReadFS(fsys fs.FS) ([]File, error) {
	var files []File
	total := 0
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return unreadable(name, err)
		}
		hidden := name != "." && strings.HasPrefix(path.Base(name), ".")
		switch {
		case d.IsDir() && (hidden || strings.Count(name, "/") >= maxDeep):
			return fs.SkipDir
		case d.IsDir() || hidden || !isYAML(name):
			return nil
		case len(files) >= maxFiles:
			return minori.Errorf(minori.Invalid, "there are more than %d files: put several documents into one, separated by ---", maxFiles)
		}
		data, err := readOne(fsys, name)
		if err != nil {
			return unreadable(name, err)
		}
		if total += len(data); total > maxTotal {
			return minori.Errorf(minori.Invalid, "the files have more than %d MB together", maxTotal>>20)
		}
		files = append(files, File{Name: name, Data: data})
		return nil
	})
	return files, err
}

func isYAML(name string) bool {
	ext := strings.ToLower(path.Ext(name))
	return ext == ".yaml" || ext == ".yml"
}

func readOne(fsys fs.FS, name string) ([]byte, error) {
	info, err := fs.Stat(fsys, name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("it is not a regular file")
	}
	f, err := fsys.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	return bounded(f)
}

// bounded reads a file up to just beyond what is accepted; what is larger is
// refused when it is parsed.
func bounded(r io.Reader) ([]byte, error) { return io.ReadAll(io.LimitReader(r, yamltree.MaxBytes+1)) }

func unreadable(name string, err error) error {
	var known *minori.Error
	if errors.As(err, &known) {
		return err
	}
	e := minori.Errorf(minori.Invalid, "the file cannot be read")
	e.Pos.File, e.Err = name, err
	return e
}
