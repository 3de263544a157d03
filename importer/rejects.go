package importer

import (
	"fmt"
	"os"
	"strings"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/importer/rowio"
)

// rejectFiles writes rejected rows: one file for each file that has some.
type rejectFiles struct {
	path   string
	inputs []string
	cur    *rowio.RejectWriter
	from   inputFile
	source string
	done   []RejectFile
	taken  map[string]bool
}

func newRejectFiles(path string, jobs []*job) *rejectFiles {
	f := &rejectFiles{path: path, taken: map[string]bool{}}
	for _, j := range jobs {
		for _, in := range j.files {
			f.inputs = append(f.inputs, in.path)
		}
	}
	return f
}

// wanted reports whether rejected rows are to be written.
func (f *rejectFiles) wanted() bool { return f.path != "" }

// open makes the file for the rejects of an input file.
func (f *rejectFiles) open(source string, from inputFile, columns []string, delim string) error {
	if f.cur != nil && f.source == source && f.from == from {
		return nil
	}
	if err := f.finish(); err != nil {
		return err
	}
	path := f.path
	for n := 1; f.taken[path]; n++ {
		name := strings.TrimSuffix(f.path, rowio.RejectSuffix) + "-" + source
		if n > 1 {
			name += fmt.Sprintf("-%d", n)
		}
		path = name + rowio.RejectSuffix
	}
	if err := f.spare(path); err != nil {
		return err
	}
	if delim != "" && len(delim) != 1 {
		delim = ""
	}
	w, err := rowio.CreateRejects(path, columns, delim)
	if err != nil {
		return err
	}
	f.taken[path] = true
	f.cur, f.source, f.from = w, source, from
	f.done = append(f.done, RejectFile{Source: source, File: from.name, Path: path})
	return nil
}

// spare refuses to overwrite a file that is being read.
func (f *rejectFiles) spare(path string) error {
	have, err := os.Stat(path)
	if err != nil {
		return nil
	}
	for _, in := range f.inputs {
		if info, err := os.Stat(in); err == nil && os.SameFile(have, info) {
			return minori.Errorf(minori.Invalid, "%s is read by this import and cannot take its rejected rows; name another file", path)
		}
	}
	return nil
}

func (f *rejectFiles) finish() error {
	if f.cur == nil {
		return nil
	}
	f.done[len(f.done)-1].Rows = f.cur.Count()
	err := f.cur.Close()
	f.cur = nil
	return err
}

// close completes the last file and gives all.
func (f *rejectFiles) close() ([]RejectFile, error) {
	err := f.finish()
	return f.done, err
}
