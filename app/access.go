package app

import (
	"context"
	"fmt"
	"net/http"
	"path/filepath"
	"strconv"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/account"
	"github.com/minori-hq/minori/auth"
	"github.com/minori-hq/minori/store/records/access"
	"github.com/minori-hq/minori/web/site"
)

// keyFile holds the key of stored secrets, in the data directory.
const keyFile = "secret.key"

// newAuth makes the service of users over the records.
func (a *App) newAuth() *auth.Service {
	return auth.NewService(access.New(a.Records.DB), auth.Config{
		Clock: a.cfg.Clock, Cost: a.cfg.PasswordCost, Vault: auth.NewVault(filepath.Join(a.cfg.Data, keyFile)),
	})
}

// newKeys makes the service of write keys over the records.
func (a *App) newKeys() *auth.Keys {
	return auth.NewKeys(access.New(a.Records.DB), a.cfg.Clock, func(ctx context.Context, names []string) (map[string]int64, error) {
		return a.Records.EnsureIDs(ctx, "Source", names)
	})
}

// Handler makes the web interface with its sign-in.
func (a *App) Handler() (http.Handler, error) {
	return a.handler(func(r *http.Request) (site.Reader, error) {
		session, user, err := a.Auth.Session(r.Context(), site.SessionSecret(r))
		return readerOf(&user, session.ID), err
	}, true)
}

// HandlerFor makes the web interface with another way to say who sends a request.
func (a *App) HandlerFor(signIn func(*http.Request) (minori.Actor, error)) (http.Handler, error) {
	return a.handler(func(r *http.Request) (site.Reader, error) {
		actor, err := signIn(r)
		return site.Reader{Actor: actor}, err
	}, false)
}

func readerOf(u *auth.User, session int64) site.Reader {
	return site.Reader{Actor: u.Actor(), Name: u.Name, Session: session, Preferences: u.Preferences}
}

// DemoHandler makes the web interface of a demo: whoever reaches it works as
// the demo's user.
func (a *App) DemoHandler(ctx context.Context) (http.Handler, error) {
	id, err := a.demoUser(ctx)
	if err != nil {
		return nil, fmt.Errorf("choosing the demo's user: %w", err)
	}
	a.demo = &demo{app: a, played: map[minori.ID][]site.Played{}}
	return a.handler(func(r *http.Request) (site.Reader, error) {
		user, err := a.Auth.User(r.Context(), minori.System(), id)
		return readerOf(&user, 0), err
	}, false)
}

// demoSetting names the setting that keeps the demo's user.
const demoSetting = "demo_user"

// demoUser gives the user whom a demo signs in: the sample company's employee
// with the most accounts, made at first need.
func (a *App) demoUser(ctx context.Context) (minori.ID, error) {
	text, err := a.Records.Setting(ctx, demoSetting)
	if err != nil {
		return 0, err
	}
	if id, err := strconv.ParseInt(text, 10, 64); err == nil {
		return minori.ID(id), nil
	}
	person, err := a.busiest(ctx)
	if err != nil {
		return 0, err
	}
	profile := auth.Profile{Email: person.Email, Name: person.Name, Role: minori.RoleAdmin, Person: person.ID}
	var user auth.User
	err = a.Records.InTx(ctx, func(ctx context.Context) error {
		// The browser's language, and what is chosen while looking around, decide.
		if user, err = a.Auth.AddUser(ctx, minori.System(), profile, auth.Preferences{}); err != nil {
			return err
		}
		return a.Records.SetSetting(ctx, demoSetting, strconv.FormatInt(int64(user.ID), 10))
	})
	return user.ID, err
}

// busiest gives the employee who looks after the most accounts.
func (a *App) busiest(ctx context.Context) (account.Person, error) {
	id, err := a.Records.BusiestCSM(ctx)
	if err != nil {
		return account.Person{}, err
	}
	if id == 0 {
		return account.Person{}, minori.Errorf(minori.NotFound, "the workspace has no account with a CSM; a demo needs the sample company")
	}
	return a.Accounts.Person(ctx, minori.System(), id)
}

// MayBind refuses an address that other machines reach as long as nobody could
// sign in there.
func (a *App) MayBind(ctx context.Context, addr string) error {
	has, err := a.Auth.HasUsers(ctx)
	if err != nil || has || local(addr) {
		return err
	}
	return minori.Errorf(minori.Invalid, "%s can be reached from other machines, and this workspace has no user yet: whoever is first could set it up; "+
		"make a user with minori user add, set it up on 127.0.0.1 first, or use --remote if only you can reach it", addr)
}

// Person finds the employee a command names by id or e-mail; "" is none.
func (a *App) Person(ctx context.Context, ref string) (minori.ID, error) {
	if ref == "" {
		return 0, nil
	}
	found, err := a.Accounts.PersonsByRef(ctx, []string{ref})
	if err != nil {
		return 0, err
	}
	if id := found[ref]; id != 0 {
		return id, nil
	}
	return 0, minori.Errorf(minori.NotFound, "there is no employee %q", ref)
}
