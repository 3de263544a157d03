package main

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"sort"
	"time"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/app"
	"github.com/minori-hq/minori/resource"
)

// initCmd makes an empty workspace.
type initCmd struct {
	Data            string `help:"Data directory." default:"./minori-data"`
	JSON            bool   `help:"Answer as JSON." name:"json"`
	Currency        string `help:"ISO 4217 code; fixed afterwards." default:"USD"`
	TimeZone        string `help:"IANA name; fixed afterwards." default:"UTC"`
	Lang            string `help:"Default language: en or ja." default:"en"`
	FiscalYearStart int    `help:"Month in which the fiscal year starts." default:"1"`
	FiscalYearNamed string `help:"Whether a fiscal year is named by its start or its end." enum:"start,end" default:"start"`
	Country         string `help:"ISO 3166 code, for public holidays." default:""`
}

// Run implements command.
func (c *initCmd) Run(e *env) error {
	e.json = c.JSON
	ws := minori.Workspace{Currency: c.Currency, TimeZone: c.TimeZone, Lang: minori.Lang(c.Lang),
		FiscalYearStart: c.FiscalYearStart, FiscalYearNamed: c.FiscalYearNamed, Country: c.Country}
	if err := app.Init(e.ctx, config(c.Data), ws); err != nil {
		return err
	}
	return e.answer(map[string]any{"data": c.Data, "currency": c.Currency, "time_zone": c.TimeZone, "lang": c.Lang}, func() {
		e.print("Made a workspace in %s: %s, %s.", c.Data, c.Currency, c.TimeZone)
	})
}

// workspaceFlags name the files of a workspace.
type workspaceFlags struct {
	dataFlags
	Path  string `arg:"" help:"Folder or file with workspace YAML."`
	Prune bool   `help:"Also remove what is not in the files."`
}

func (c *workspaceFlags) inputs() []string { return []string{c.Path} }

// diffCmd shows what apply would change.
type diffCmd struct {
	workspaceFlags
}

// Run implements command.
func (c *diffCmd) Run(e *env) error {
	files, err := resource.Read(e.path(c.Path))
	if err != nil {
		return err
	}
	d, err := e.app.Resources.Diff(e.ctx, app.Operator(), files, c.Prune)
	if err != nil {
		return err
	}
	return e.answer(d, func() { printDiff(e, d) })
}

// applyCmd applies workspace files.
type applyCmd struct {
	workspaceFlags
	Comment string `help:"Why, for the history."`
}

// Run implements command.
func (c *applyCmd) Run(e *env) error {
	files, err := resource.Read(e.path(c.Path))
	if err != nil {
		return err
	}
	d, err := e.app.Apply(e.ctx, app.Operator(), files, c.Prune, c.Comment, e.bar)
	if err != nil {
		return err
	}
	return e.answer(d, func() {
		printDiff(e, d.Diff)
		e.print("Version %d.", d.Version)
	})
}

func printDiff(e *env, d resource.Diff) {
	for _, part := range []struct {
		sign  string
		names []string
	}{{"+", d.Create}, {"~", d.Update}, {"-", d.Delete}} {
		for _, n := range part.names {
			e.print("%s %s", part.sign, n)
		}
	}
	for _, n := range d.Update {
		if t := d.Text[n]; t != "" {
			e.print("\n%s\n%s", n, t)
		}
	}
	e.print("%d to create, %d to update, %d to delete.", len(d.Create), len(d.Update), len(d.Delete))
}

// exportCmd writes the definitions as files.
type exportCmd struct {
	dataFlags
	Dir string `arg:"" help:"Folder to write to."`
}

// Run implements command.
func (c *exportCmd) Run(e *env) error {
	files, err := e.app.Resources.Export(e.ctx, app.Operator())
	if err != nil {
		return err
	}
	names := make([]string, 0, len(files))
	for n := range files {
		names = append(names, n)
	}
	sort.Strings(names)
	for _, n := range names {
		if err := writeFile(e, filepath.Join(c.Dir, n), files[n]); err != nil {
			return err
		}
	}
	return e.answer(map[string]any{"files": names}, func() { e.print("Wrote %d files to %s.", len(names), c.Dir) })
}

func writeFile(e *env, path, text string) (err error) {
	w, err := e.save(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.Close()) }()
	if _, err := io.WriteString(w, text); err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	return nil
}

// rollbackCmd goes back to an earlier version.
type rollbackCmd struct {
	dataFlags
	Version int64  `arg:"" help:"Version to go back to."`
	Comment string `help:"Why, for the history."`
}

// Run implements command.
func (c *rollbackCmd) Run(e *env) error {
	d, err := e.app.Rollback(e.ctx, app.Operator(), c.Version, c.Comment, e.bar)
	if err != nil {
		return err
	}
	return e.answer(d, func() {
		printDiff(e, d.Diff)
		e.print("Version %d, as version %d was.", d.Version, c.Version)
	})
}

// versionRow is a version in JSON.
type versionRow struct {
	Version int64    `json:"version"`
	Time    string   `json:"time"` // RFC 3339, UTC
	Author  string   `json:"author"`
	Comment string   `json:"comment"`
	Created []string `json:"created"` // "Kind name"
	Updated []string `json:"updated"`
	Deleted []string `json:"deleted"`
}

func orEmpty(s []string) []string {
	if s == nil {
		return []string{}
	}
	return s
}

// versionsCmd lists the versions of the workspace.
type versionsCmd struct {
	dataFlags
	Limit int `help:"How many." default:"20"`
}

// Run implements command.
func (c *versionsCmd) Run(e *env) error {
	list, err := e.app.Resources.Versions(e.ctx, app.Operator(), minori.Page{Limit: c.Limit})
	if err != nil {
		return err
	}
	out := make([]versionRow, len(list))
	for i, v := range list {
		out[i] = versionRow{Version: v.Number, Time: v.Time.UTC().Format(time.RFC3339), Author: v.Author, Comment: v.Comment,
			Created: orEmpty(v.Created), Updated: orEmpty(v.Updated), Deleted: orEmpty(v.Deleted)}
	}
	return e.answer(out, func() {
		for _, v := range list {
			e.print("%d  %s  %s  %s (+%d ~%d -%d)", v.Number, v.Time.In(e.app.Location()).Format("2006-01-02 15:04"), v.Author, v.Comment,
				len(v.Created), len(v.Updated), len(v.Deleted))
		}
	})
}
