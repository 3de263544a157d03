package resource

import (
	"context"
	"fmt"
	"slices"
	"sync"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/auth"
	"github.com/minori-hq/minori/evaluate"
	"github.com/minori-hq/minori/resource/document"
)

// Settings keeps the settings of the installation.
type Settings interface {
	Workspace(ctx context.Context) (minori.Workspace, error)
	SaveWorkspace(ctx context.Context, w minori.Workspace) error
}

// ServiceConfig is what a Service is made with. Audit and OnApplied may be nil.
type ServiceConfig struct {
	Store    Store
	Settings Settings
	Clock    minori.Clock
	// Audit is called in the transaction of a change.
	Audit func(ctx context.Context, entries ...auth.Entry) error
	// OnApplied is called in the transaction of a change, for what follows from
	// it. old is nil if the state before cannot be read by this program.
	OnApplied func(ctx context.Context, old, new *Config) error
}

// Service compares, applies, keeps, exports and rolls back configurations.
type Service struct {
	cfg ServiceConfig

	mu    sync.Mutex
	cache []cached // most recently used first
}

// cached is a configuration by version. The time tells apart two versions of
// one number of which the first was never committed.
type cached struct {
	number, at int64
	config     *Config
}

// maxCached is how many versions are kept ready.
const maxCached = 4

// maxComment is the longest comment of a version, in bytes.
const maxComment = 1000

// NewService makes a service.
func NewService(cfg ServiceConfig) *Service { return &Service{cfg: cfg} }

// Applied is what a change did: its differences and the version it made. A
// change without differences makes no version; Version is then the present one.
type Applied struct {
	Diff
	Version int64 `json:"version"`
}

// Diff says what Apply would change, after checking the whole state it leads to.
func (s *Service) Diff(ctx context.Context, actor minori.Actor, files []File, prune bool) (Diff, error) {
	if err := actor.Require(actor.MayConfigure(), "compare definitions"); err != nil {
		return Diff{}, err
	}
	now, err := s.state(ctx, 0)
	if err != nil {
		return Diff{}, err
	}
	next := now.overlay(document.Decode(files), prune)
	if _, err := Check(ctx, next, settingsOf(next)); err != nil {
		return Diff{}, err
	}
	d, _ := changes(now.set, next, "")
	return d, nil
}

// Apply makes the state of the files the present one, in one transaction; with
// prune what is not in them is removed. Nothing changes if anything is wrong.
func (s *Service) Apply(ctx context.Context, actor minori.Actor, files []File, prune bool, comment string) (Applied, error) {
	if err := actor.Require(actor.MayConfigure(), "change definitions"); err != nil {
		return Applied{}, err
	}
	set := document.Decode(files)
	return s.change(ctx, actor, "config.apply", comment, "", func(_ context.Context, now *state) (*document.Set, error) {
		return now.overlay(set, prune), nil
	})
}

// Rollback makes a new version equal to an old one.
func (s *Service) Rollback(ctx context.Context, actor minori.Actor, version int64, comment string) (Applied, error) {
	if err := actor.Require(actor.MayConfigure(), "roll back definitions"); err != nil {
		return Applied{}, err
	}
	if version < 1 {
		return Applied{}, minori.Errorf(minori.Invalid, "%d is no version: name one that the history lists", version)
	}
	if comment == "" {
		comment = fmt.Sprintf("Back to version %d", version)
	}
	return s.change(ctx, actor, "config.rollback", comment, "", func(ctx context.Context, now *state) (*document.Set, error) {
		old, err := s.state(ctx, version)
		if err != nil {
			return nil, err
		}
		return old.set, nil
	})
}

// change moves the present state to the one that plan gives. Of the definition
// named exact the wording counts too.
func (s *Service) change(ctx context.Context, actor minori.Actor, action, comment, exact string, plan func(context.Context, *state) (*document.Set, error)) (Applied, error) {
	var out Applied
	if len(comment) > maxComment {
		return out, minori.Errorf(minori.Invalid, "the comment is longer than %d bytes", maxComment)
	}
	var fresh *Config
	var at int64
	err := s.cfg.Store.InTx(ctx, func(ctx context.Context) error {
		now, err := s.state(ctx, 0)
		if err != nil {
			return err
		}
		next, err := plan(ctx, now)
		if err != nil {
			return err
		}
		// Everything is checked before keys are made for new names.
		if _, err := Check(ctx, next, settingsOf(next)); err != nil {
			return err
		}
		var list []Change
		out.Diff, list = changes(now.set, next, exact)
		out.Version = now.number
		if out.Empty() {
			return nil
		}
		fresh, at, err = s.save(ctx, actor, now, next, out.Diff, list, comment)
		if err != nil {
			return err
		}
		out.Version = fresh.Number
		return s.after(ctx, actor, action, now, fresh, comment)
	})
	if err != nil {
		return Applied{}, err
	}
	if fresh != nil {
		s.remember(cached{fresh.Number, at, fresh})
	}
	return out, nil
}

// save stores the changes as a version and gives its configuration.
func (s *Service) save(ctx context.Context, actor minori.Actor, now *state, next *document.Set, d Diff, list []Change, comment string) (*Config, int64, error) {
	w := settingsOf(next)
	if !now.keepsSettings && !slices.ContainsFunc(list, func(c Change) bool { return c.Kind == document.KindWorkspace }) {
		list = append(list, Change{Kind: document.KindWorkspace, Name: document.WorkspaceName, Text: document.Encode(&w)})
	}
	when := s.cfg.Clock().UTC()
	v := Version{Time: when, Author: actor.Name, Comment: comment, Created: d.Create, Updated: d.Update, Deleted: d.Delete}
	number, err := s.cfg.Store.Save(ctx, now.number, v, list)
	if err != nil {
		return nil, 0, err
	}
	if w != now.settings {
		if err := s.cfg.Settings.SaveWorkspace(ctx, w); err != nil {
			return nil, 0, err
		}
	}
	versions := map[string]int64{}
	for k, n := range now.versions {
		versions[k] = n
	}
	for _, c := range list {
		versions[c.Kind+" "+c.Name] = number
	}
	cfg, err := compile(ctx, next, w, s.cfg.Store.EnsureIDs, versions, number)
	return cfg, when.UnixMicro(), err
}

// after tells the others, still in the transaction.
func (s *Service) after(ctx context.Context, actor minori.Actor, action string, now *state, fresh *Config, comment string) error {
	if s.cfg.OnApplied != nil {
		old, err := compile(ctx, now.set, now.settings, s.cfg.Store.EnsureIDs, now.versions, now.number)
		if err != nil && minori.CodeOf(err) != minori.Invalid {
			return err
		}
		if err := s.cfg.OnApplied(ctx, old, fresh); err != nil {
			return err
		}
	}
	if s.cfg.Audit == nil {
		return nil
	}
	return s.cfg.Audit(ctx, auth.Entry{
		At: s.cfg.Clock().UnixMicro(), Actor: actor.Name, Action: action, Object: fmt.Sprintf("version %d", fresh.Number), Detail: comment,
	})
}

// Load gives the present configuration. It is kept ready until another version
// is applied.
func (s *Service) Load(ctx context.Context) (*Config, error) { return s.LoadVersion(ctx, 0) }

// LoadVersion gives the configuration of a version; 0 means the present one.
func (s *Service) LoadVersion(ctx context.Context, version int64) (*Config, error) {
	v, err := s.version(ctx, version)
	if err != nil {
		return nil, err
	}
	if c := s.recall(v.Number, v.Time.UnixMicro()); c != nil {
		return c, nil
	}
	st, err := s.state(ctx, v.Number)
	if err != nil {
		return nil, err
	}
	cfg, err := compile(ctx, st.set, st.settings, s.cfg.Store.EnsureIDs, st.versions, v.Number)
	if err != nil {
		return nil, err
	}
	if v.Number > 0 {
		s.remember(cached{v.Number, v.Time.UnixMicro(), cfg})
	}
	return cfg, nil
}

// Program implements evaluate.Programs.
func (s *Service) Program(ctx context.Context, kind minori.SubjectKind, version int64) (*evaluate.Program, error) {
	cfg, err := s.LoadVersion(ctx, version)
	if err != nil {
		return nil, err
	}
	return cfg.Program(kind), nil
}

// recall gives a configuration kept ready, or nil.
func (s *Service) recall(number, at int64) *Config {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, c := range s.cache {
		if c.number == number && c.at == at {
			s.cache = slices.Insert(slices.Delete(s.cache, i, i+1), 0, c)
			return c.config
		}
	}
	return nil
}

func (s *Service) remember(c cached) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cache = slices.DeleteFunc(s.cache, func(o cached) bool { return o.number == c.number })
	s.cache = slices.Insert(s.cache, 0, c)
	if len(s.cache) > maxCached {
		s.cache = s.cache[:maxCached]
	}
}
