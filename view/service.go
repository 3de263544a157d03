package view

import (
	"context"
	"fmt"
	"strings"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/auth"
)

// Store keeps views.
type Store interface {
	InTx(ctx context.Context, fn func(ctx context.Context) error) error
	// Views gives an owner's views and the shared ones, by name, at most so many.
	Views(ctx context.Context, owner string, most int) ([]View, error)
	// View gives one view; NotFound if there is none.
	View(ctx context.Context, id int64) (View, error)
	// CountViews counts an owner's views.
	CountViews(ctx context.Context, owner string) (int, error)
	// InsertView keeps a new view and gives its number.
	InsertView(ctx context.Context, v View) (int64, error)
	// SaveView writes a view if its stored version is still v.Version, and
	// counts it up; false if it is not.
	SaveView(ctx context.Context, v View) (bool, error)
	// DeleteView removes a view, also as anybody's default, if its stored
	// version is still the one given; false if it is not.
	DeleteView(ctx context.Context, id, version int64) (bool, error)
	// DefaultView gives the view that an owner's list opens with; 0 for none.
	DefaultView(ctx context.Context, owner string) (int64, error)
	// SetDefaultView keeps it; 0 for none.
	SetDefaultView(ctx context.Context, owner string, id int64) error
}

// Config is what the service is made with.
type Config struct {
	Clock minori.Clock
	Audit func(ctx context.Context, entries ...auth.Entry) error
}

// Service holds the rules and permissions around views.
type Service struct {
	store Store
	cfg   Config
}

// NewService makes a service over a store.
func NewService(store Store, cfg Config) *Service { return &Service{store: store, cfg: cfg} }

// maxListed is how many views are listed: an owner's own, and as many shared.
const maxListed = 2 * MaxOwn

func mayRead(actor minori.Actor) error {
	return actor.Require(actor.MayRead() && actor.Name != "", "read views")
}

// List gives the actor's own views and the shared ones by name, and which of
// them its list opens with (0: none).
func (s *Service) List(ctx context.Context, actor minori.Actor) ([]View, int64, error) {
	if err := mayRead(actor); err != nil {
		return nil, 0, err
	}
	views, err := s.store.Views(ctx, actor.Name, maxListed)
	if err != nil {
		return nil, 0, err
	}
	first, err := s.store.DefaultView(ctx, actor.Name)
	if err != nil {
		return nil, 0, err
	}
	for i := range views {
		if views[i].ID == first {
			return views, first, nil
		}
	}
	return views, 0, nil // what was the default is not shared any more
}

// Get gives a view. One that another keeps private is not there.
func (s *Service) Get(ctx context.Context, actor minori.Actor, id int64) (View, error) {
	if err := mayRead(actor); err != nil {
		return View{}, err
	}
	v, err := s.store.View(ctx, id)
	if err != nil {
		return View{}, err
	}
	if !v.visible(actor) {
		return View{}, minori.Errorf(minori.NotFound, "there is no such view")
	}
	return v, nil
}

// Create keeps a new view of the actor. Who only reads shares nothing.
func (s *Service) Create(ctx context.Context, actor minori.Actor, v View) (View, error) {
	if err := mayRead(actor); err != nil {
		return View{}, err
	}
	if v.Shared {
		if err := mayShare(actor); err != nil {
			return View{}, err
		}
	}
	v.Name = strings.TrimSpace(v.Name)
	v.ID, v.Version, v.Owner = 0, 1, actor.Name
	v.ChangedAt, v.ChangedBy = s.cfg.Clock().UnixMicro(), actor.Name
	if err := v.Validate(); err != nil {
		return View{}, err
	}
	err := s.store.InTx(ctx, func(ctx context.Context) error {
		n, err := s.store.CountViews(ctx, actor.Name)
		if err != nil {
			return err
		}
		if n >= MaxOwn {
			return problem("name", "you have %d views already; delete one first", MaxOwn)
		}
		if v.ID, err = s.store.InsertView(ctx, v); err != nil {
			return err
		}
		return s.audit(ctx, actor, "view.create", v)
	})
	if err != nil {
		return View{}, err
	}
	return v, nil
}

// Save changes a view; Version is the one that was read. When somebody else
// was faster, the error is a Conflict and the view is what is there now.
func (s *Service) Save(ctx context.Context, actor minori.Actor, v View) (View, error) {
	old, err := s.editable(ctx, actor, v.ID)
	if err != nil {
		return View{}, err
	}
	if v.Shared && !old.Shared {
		if err := mayShare(actor); err != nil {
			return View{}, err
		}
	}
	if !v.Shared && old.Owner != actor.Name {
		return View{}, minori.Errorf(minori.Forbidden, "only %s may make this view private", old.Owner)
	}
	v.Name, v.Owner = strings.TrimSpace(v.Name), old.Owner
	v.ChangedAt, v.ChangedBy = s.cfg.Clock().UnixMicro(), actor.Name
	if err := v.Validate(); err != nil {
		return View{}, err
	}
	err = s.store.InTx(ctx, func(ctx context.Context) error {
		ok, err := s.store.SaveView(ctx, v)
		if err != nil {
			return err
		}
		if !ok {
			return changed()
		}
		v.Version++
		return s.audit(ctx, actor, "view.save", v)
	})
	if minori.CodeOf(err) == minori.Conflict {
		if now, readErr := s.store.View(ctx, v.ID); readErr == nil {
			return now, err
		}
	}
	if err != nil {
		return View{}, err
	}
	return v, nil
}

// Delete removes a view; version is the one that was read.
func (s *Service) Delete(ctx context.Context, actor minori.Actor, id, version int64) error {
	v, err := s.editable(ctx, actor, id)
	if err != nil {
		return err
	}
	return s.store.InTx(ctx, func(ctx context.Context) error {
		ok, err := s.store.DeleteView(ctx, id, version)
		if err != nil {
			return err
		}
		if !ok {
			return changed()
		}
		return s.audit(ctx, actor, "view.delete", v)
	})
}

// SetDefault says with which view the actor's list opens; 0 for none.
func (s *Service) SetDefault(ctx context.Context, actor minori.Actor, id int64) error {
	if id != 0 {
		if _, err := s.Get(ctx, actor, id); err != nil {
			return err
		}
	} else if err := mayRead(actor); err != nil {
		return err
	}
	return s.store.SetDefaultView(ctx, actor.Name, id)
}

// editable gives a view that the actor may change.
func (s *Service) editable(ctx context.Context, actor minori.Actor, id int64) (View, error) {
	v, err := s.Get(ctx, actor, id)
	if err != nil {
		return View{}, err
	}
	return v, actor.Require(v.MayEdit(actor), "change this view")
}

func mayShare(actor minori.Actor) error { return actor.Require(actor.MayAct(), "share views") }

func changed() error {
	return minori.Errorf(minori.Conflict, "somebody else changed this view after you opened it")
}

func (s *Service) audit(ctx context.Context, actor minori.Actor, action string, v View) error {
	kind := "private"
	if v.Shared {
		kind = "shared"
	}
	return s.cfg.Audit(ctx, auth.Entry{
		At: s.cfg.Clock().UnixMicro(), Actor: actor.Name, Action: action, Object: fmt.Sprintf("view %d", v.ID), Detail: kind + " " + v.Name,
	})
}
