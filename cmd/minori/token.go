package main

import (
	"strings"
	"time"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/app"
	"github.com/minori-hq/minori/auth"
)

// tokenCmd manages the keys of programs.
type tokenCmd struct {
	Add    tokenAddCmd    `cmd:"" help:"Make a key for sending tracking messages and print it, once."`
	List   tokenListCmd   `cmd:"" help:"List the keys, without their secrets."`
	Revoke tokenRevokeCmd `cmd:"" help:"End a key at once."`
}

// keyRow is a write key in JSON.
type keyRow struct {
	ID      int64    `json:"id"`
	Name    string   `json:"name"`
	Source  string   `json:"source"`
	Scopes  []string `json:"scopes"`
	Origins []string `json:"origins"`
	State   string   `json:"state"` // active, revoked, expired
	Created string   `json:"created"`
	Used    *string  `json:"used"`    // null: never
	Expires *string  `json:"expires"` // null: never
	// Key is the secret, which is given only when the key is made.
	Key string `json:"key,omitempty"`
}

func rowOfKey(e *env, k auth.WriteKey) keyRow {
	at := func(micros int64) *string {
		if micros == 0 {
			return nil
		}
		s := minori.FromMicros(micros).Format(time.RFC3339)
		return &s
	}
	row := keyRow{ID: k.ID, Name: k.Name, Source: k.SourceName, Scopes: []string{}, Origins: append([]string{}, k.Origins...),
		State: k.State(e.app.Now().UnixMicro()), Created: *at(k.Created), Used: at(k.Used), Expires: at(k.Expires)}
	for _, s := range k.Scopes {
		row.Scopes = append(row.Scopes, string(s))
	}
	return row
}

type tokenAddCmd struct {
	dataFlags
	WriteKey string   `help:"Name of the key." required:"" placeholder:"NAME"`
	Source   string   `help:"Source that its messages belong to; default: the key's name."`
	Scope    []string `help:"What it is good for: track, identify, import, browser; may be repeated." default:"track,identify,import"`
	Origin   []string `help:"Origin of pages that may use it, such as https://app.example.com; implies the scope browser."`
	Expires  string   `help:"How long it holds, such as 90d; default: until it is revoked."`
}

// Run implements command.
func (c *tokenAddCmd) Run(e *env) error {
	k := auth.WriteKey{Name: c.WriteKey, SourceName: c.Source, Origins: c.Origin}
	if k.SourceName == "" {
		k.SourceName = c.WriteKey
	}
	for _, s := range c.Scope {
		k.Scopes = append(k.Scopes, auth.KeyScope(s))
	}
	if len(c.Origin) > 0 {
		k.Scopes = append(k.Scopes, auth.ScopeBrowser)
	}
	if c.Expires != "" {
		w, err := minori.ParseWindow(c.Expires)
		if err != nil {
			return err
		}
		now := e.app.Now()
		if w.Unit == minori.Days {
			k.Expires = now.AddDate(0, 0, w.N).UnixMicro()
		} else {
			k.Expires = now.AddDate(0, w.N, 0).UnixMicro()
		}
	}
	k, secret, err := e.app.Keys.Add(e.ctx, app.Operator(), k)
	if err != nil {
		return err
	}
	row := rowOfKey(e, k)
	row.Key = secret
	return e.answer(row, func() {
		e.print("%s", secret)
		e.print("This is key %d of the source %s (%s). It is not shown again.", k.ID, k.SourceName, strings.Join(row.Scopes, ", "))
	})
}

type tokenListCmd struct{ dataFlags }

// Run implements command.
func (c *tokenListCmd) Run(e *env) error {
	rows := []keyRow{}
	for page := (minori.Page{Limit: minori.MaxPage}); ; page.Offset += minori.MaxPage {
		keys, total, err := e.app.Keys.List(e.ctx, app.Operator(), page)
		if err != nil {
			return err
		}
		for _, k := range keys {
			rows = append(rows, rowOfKey(e, k))
		}
		if len(keys) == 0 || len(rows) >= total {
			break
		}
	}
	return e.answer(rows, func() {
		for _, r := range rows {
			used := "never used"
			if r.Used != nil {
				used = "used " + *r.Used
			}
			e.print("%d  %s  %s  %s  %s  %s", r.ID, r.Name, r.Source, strings.Join(r.Scopes, ","), r.State, used)
		}
	})
}

type tokenRevokeCmd struct {
	dataFlags
	ID int64 `arg:"" help:"Number of the key, as listed."`
}

// Run implements command.
func (c *tokenRevokeCmd) Run(e *env) error {
	k, err := e.app.Keys.Revoke(e.ctx, app.Operator(), c.ID)
	if err != nil {
		return err
	}
	return e.answer(rowOfKey(e, k), func() { e.print("The key %d (%s) does not hold any more.", k.ID, k.Name) })
}
