package importer

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/importer/rowio"
	"github.com/minori-hq/minori/metric"
)

// job is one source with its files.
type job struct {
	Bound
	plan  *plan
	files []inputFile
	part  bool // the files may not be all of the pattern
	note  string
}

// inputFile is one file to read.
type inputFile struct {
	path string // as it is opened
	name string // as it is reported: below the input directory
}

// rejects reports whether the file holds rejected rows of an earlier import.
func (f inputFile) rejects() bool { return strings.HasSuffix(f.name, rowio.RejectSuffix) }

// prepare chooses sources and files and checks them before anything is stored.
func (s *Service) prepare(ctx context.Context, req *Request) ([]*job, error) {
	if req.Rejects != "" && !strings.HasSuffix(req.Rejects, rowio.RejectSuffix) {
		return nil, minori.Errorf(minori.Invalid, "the name of a file of rejected rows must end in %s, so that it can be imported again: write %s",
			rowio.RejectSuffix, strings.TrimSuffix(req.Rejects, ".csv")+rowio.RejectSuffix)
	}
	sources, err := chosen(req)
	if err != nil {
		return nil, err
	}
	jobs, err := find(req, sources)
	if err != nil {
		return nil, err
	}
	fields, err := s.cfg.Fields(ctx)
	if err != nil {
		return nil, err
	}
	metrics, err := s.cfg.Metrics(ctx)
	if err != nil {
		return nil, err
	}
	known := Known{Fields: fields}
	for name, ref := range metrics {
		known.Metrics = append(known.Metrics, metric.Metric{Name: name, Kind: ref.Kind})
	}
	var errs minori.Errors
	for _, j := range jobs {
		err := j.Source.Check(known)
		if err == nil {
			if j.plan, err = newPlan(&j.Source, s.cfg.Zone, fields); err == nil {
				j.plan.metrics = metrics
				err = j.look()
			}
		}
		errs = append(errs, errorsOf(err)...)
	}
	return jobs, errs.OrNil()
}

// errorsOf gives the single errors of one.
func errorsOf(err error) minori.Errors {
	var many minori.Errors
	var one *minori.Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &many):
		return many
	case errors.As(err, &one):
		return minori.Errors{one}
	}
	return minori.Errors{{Code: minori.CodeOf(err), Err: err}}
}

// chosen gives the wanted sources in the order of loading.
func chosen(req *Request) ([]Bound, error) {
	names := make([]string, len(req.Sources))
	for i := range req.Sources {
		names[i] = req.Sources[i].Source.Name
	}
	for _, name := range req.Only {
		if !slices.Contains(names, name) {
			return nil, minori.Errorf(minori.Invalid, "there is no source %q%s", clip(name), minori.DidYouMean(clip(name), names))
		}
	}
	var out []Bound
	for _, b := range req.Sources {
		if len(req.Only) == 0 || slices.Contains(req.Only, b.Source.Name) {
			out = append(out, b)
		}
	}
	if len(out) == 0 {
		return nil, minori.Errorf(minori.Invalid, "the workspace has no sources; apply a file with kind: Source first")
	}
	slices.SortStableFunc(out, func(a, b Bound) int {
		ta, _ := targetOf(a.Source.Into)
		tb, _ := targetOf(b.Source.Into)
		if ta.rank != tb.rank {
			return ta.rank - tb.rank
		}
		return strings.Compare(a.Source.Name, b.Source.Name)
	})
	return out, nil
}

// find gives each source its files.
func find(req *Request, sources []Bound) ([]*job, error) {
	info, err := os.Stat(req.Input)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, minori.Errorf(minori.Invalid, "there is no file or directory %s; name the directory that holds the files to import", req.Input)
	case err != nil:
		return nil, &minori.Error{Code: minori.Invalid, Message: "the input cannot be looked at", Err: err}
	case !info.IsDir():
		return findFile(req, sources)
	}
	var jobs []*job
	var errs minori.Errors
	total := 0
	for _, b := range sources {
		j := &job{Bound: b}
		if err := j.glob(req.Input); err != nil {
			return nil, err
		}
		total += len(j.files)
		if len(j.files) == 0 {
			if len(req.Only) > 0 {
				errs = append(errs, minori.Errorf(minori.Invalid, "the source %s has no file: nothing in %s matches %q", b.Source.Name, req.Input, b.Source.Files))
			}
			j.note = joinNotes("no file matches "+b.Source.Files, j.note)
		}
		jobs = append(jobs, j)
	}
	if total == 0 && len(errs) == 0 {
		errs = append(errs, minori.Errorf(minori.Invalid, "no file in %s matches a source of the workspace (%s); check --input", req.Input, patterns(sources)))
	}
	return jobs, errs.OrNil()
}

func patterns(sources []Bound) string {
	var out []string
	for _, b := range sources {
		if !slices.Contains(out, b.Source.Files) {
			out = append(out, b.Source.Files)
		}
	}
	return listOf(out)
}

func joinNotes(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + "; " + b
}

// glob finds the files below a directory. A file of rejected rows counts as
// the file it was made of, unless that is there too.
func (j *job) glob(dir string) error {
	below := os.DirFS(dir)
	pattern := j.Source.Files
	plain, err := fs.Glob(below, pattern)
	if err != nil {
		return minori.Errorf(minori.Invalid, "%q of the source %s is not a pattern", pattern, j.Source.Name)
	}
	rejected, err := fs.Glob(below, path.Join(path.Dir(pattern), "*"+rowio.RejectSuffix))
	if err != nil {
		return minori.Errorf(minori.Invalid, "%q of the source %s is not a pattern", pattern, j.Source.Name)
	}
	names := slices.DeleteFunc(plain, func(name string) bool { return strings.HasSuffix(name, rowio.RejectSuffix) })
	for _, name := range rejected {
		original := matched(pattern, name)
		switch {
		case original == "":
		case slices.Contains(names, original):
			j.note = joinNotes(j.note, name+" lies beside "+original+" and was left out; import it with --input "+name)
		default:
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		j.files = append(j.files, inputFile{path: filepath.Join(dir, filepath.FromSlash(name)), name: name})
	}
	return nil
}

// matched gives the name under which a file matches a pattern, looking behind
// the suffix of rejected rows; "" if it does not.
func matched(pattern, name string) string {
	candidates := []string{name}
	if base, ok := strings.CutSuffix(name, rowio.RejectSuffix); ok {
		candidates = []string{base, base + path.Ext(pattern)}
	}
	for _, c := range candidates {
		if ok, err := path.Match(pattern, c); ok && err == nil {
			return c
		}
	}
	return ""
}

// findFile gives one file to the sources whose pattern its name matches. A
// file of rejected rows goes to the one source asked for, whatever its name.
func findFile(req *Request, sources []Bound) ([]*job, error) {
	name := filepath.Base(req.Input)
	file := inputFile{path: req.Input, name: name}
	var jobs []*job
	for _, b := range sources {
		if matched(path.Base(b.Source.Files), name) != "" || file.rejects() && len(req.Only) == 1 {
			jobs = append(jobs, &job{Bound: b, files: []inputFile{file}, part: strings.ContainsAny(b.Source.Files, "*?[")})
		}
	}
	if len(jobs) > 0 {
		return jobs, nil
	}
	if file.rejects() {
		return nil, minori.Errorf(minori.Invalid, "the name %s matches no source (%s); say whose rows it holds with --source NAME", name, patterns(sources))
	}
	return nil, minori.Errorf(minori.Invalid, "the name %s matches no source (%s); rename the file, or change files: in the source", name, patterns(sources))
}

// look opens every file and finds the columns, so that a wrong file is found
// before anything is stored.
func (j *job) look() error {
	var errs minori.Errors
	for _, f := range j.files {
		r, err := rowio.Open(f.path, j.Source.Format, j.plan.rowOpt)
		if err == nil {
			err = j.columns(r, f)
			_ = r.Close()
		}
		if err != nil {
			errs = append(errs, fileError(err, f))
		}
	}
	return errs.OrNil()
}

// columns binds the plan to a file.
func (j *job) columns(r rowio.Reader, f inputFile) error {
	return j.plan.bind(r.Columns(), r.Info().Format != "jsonl" && (j.Source.Format != "jsonl" || !f.rejects()))
}

// fileError makes an error about a file of the user.
func fileError(err error, f inputFile) *minori.Error {
	var broken *rowio.FileError
	if errors.As(err, &broken) {
		return &minori.Error{
			Code: minori.Invalid, Message: broken.Reason, Pos: minori.Position{File: f.path, Line: broken.Line}, Err: broken.Err,
		}
	}
	var own *minori.Error
	if errors.As(err, &own) && own.Pos.File == "" {
		e := *own
		e.Pos.File = f.path
		return &e
	}
	return &minori.Error{Code: minori.CodeOf(err), Message: "the file cannot be read", Pos: minori.Position{File: f.path}, Err: err}
}
