package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/account"
	"github.com/minori-hq/minori/app"
	"github.com/minori-hq/minori/importer"
)

// importCmd brings files in.
type importCmd struct {
	Run  importRunCmd  `cmd:"" default:"withargs" help:"Import files."`
	List importListCmd `cmd:"" help:"List the imports."`
}

type importRunCmd struct {
	dataFlags
	Workspace string   `help:"Folder or file with the sources; default those of the workspace in force."`
	Input     string   `help:"Folder with the files, or one file." required:""`
	Source    []string `help:"Only these sources."`
	DryRun    bool     `help:"Say what would happen, change nothing."`
	Rejects   string   `help:"File for rejected rows, to be corrected and imported again; ends in .rejects.csv."`
}

func (c *importRunCmd) inputs() []string {
	if c.Workspace == "" {
		return []string{c.Input}
	}
	return []string{c.Input, c.Workspace}
}

// Run implements command.
func (c *importRunCmd) Run(e *env) (err error) {
	req := app.ImportRequest{Workspace: e.path(c.Workspace), Input: e.path(c.Input), Only: c.Source, DryRun: c.DryRun, Rejects: c.Rejects, Progress: e.bar}
	if c.Rejects != "" && len(e.paths) > 0 {
		dir, err := os.MkdirTemp("", "minori-rejects-")
		if err != nil {
			return fmt.Errorf("making a folder for rejected rows: %w", err)
		}
		defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
		req.Rejects = filepath.Join(dir, filepath.Base(c.Rejects))
	} else if c.Rejects != "" {
		if err := os.MkdirAll(filepath.Dir(c.Rejects), 0o755); err != nil {
			return fmt.Errorf("making a folder for rejected rows: %w", err)
		}
	}
	rep, err := e.app.Import(e.ctx, app.Operator(), req)
	if sendErr := c.sendRejects(e, req.Rejects, &rep); err == nil {
		err = sendErr
	}
	if len(rep.Sources) > 0 {
		if aerr := e.answer(rep, func() { printImport(e, rep) }); err == nil {
			err = aerr
		}
	}
	if err == nil && rep.RejectsTotal > 0 {
		return errRejected
	}
	return err
}

// sendRejects brings reject files that were written elsewhere to the caller.
func (c *importRunCmd) sendRejects(e *env, written string, rep *importer.Report) error {
	if written == c.Rejects {
		return nil
	}
	for i := range rep.RejectFiles {
		f := &rep.RejectFiles[i]
		to := filepath.Join(filepath.Dir(c.Rejects), filepath.Base(f.Path))
		if err := sendFile(e, f.Path, to); err != nil {
			return err
		}
		f.Path = to
	}
	return nil
}

func sendFile(e *env, from, to string) (err error) {
	r, err := os.Open(from)
	if err != nil {
		return fmt.Errorf("reading rejected rows: %w", err)
	}
	defer func() { _ = r.Close() }()
	w, err := e.save(to)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.Close()) }()
	if _, err := io.Copy(w, r); err != nil {
		return fmt.Errorf("writing %s: %w", to, err)
	}
	return nil
}

func printImport(e *env, rep importer.Report) {
	for _, s := range rep.Sources {
		e.print("%-28s into %-13s read %8d, created %8d, updated %6d, unchanged %8d, rejected %6d %s%s", s.Source, s.Into, s.Read, s.Created, s.Updated, s.Unchanged, s.Rejected, s.Note, s.Error)
	}
	for i, r := range rep.Rejects {
		if i == 20 {
			e.print("… and %d more", rep.RejectsTotal-20)
			break
		}
		e.print("%s:%d: %s: %s", r.File, r.Line, r.Column, r.Reason)
	}
	for _, f := range rep.RejectFiles {
		e.print("%d rejected rows of %s are in %s; correct them and import that file.", f.Rows, f.Source, f.Path)
	}
}

// importRow is an import in JSON.
type importRow struct {
	ID       int64  `json:"id"`
	Source   string `json:"source"`
	File     string `json:"file"`
	Actor    string `json:"actor"`
	Started  string `json:"started"`  // RFC 3339, UTC
	Finished bool   `json:"finished"` // false: running, or killed
}

type importListCmd struct {
	dataFlags
	Limit int `help:"How many." default:"20"`
}

// Run implements command.
func (c *importListCmd) Run(e *env) error {
	list, err := e.app.Imports(e.ctx, app.Operator(), minori.Page{Limit: c.Limit})
	if err != nil {
		return err
	}
	out := make([]importRow, len(list))
	for i, r := range list {
		out[i] = importRow{ID: r.ID, Source: r.Name, File: r.File, Actor: r.Actor, Started: minori.FromMicros(r.Started).Format(time.RFC3339), Finished: r.Finished != 0}
	}
	return e.answer(out, func() {
		for _, r := range list {
			e.print("%6d  %-28s %-30s %s  %s", r.ID, r.Name, r.File, minori.FromMicros(r.Started).In(e.app.Location()).Format("2006-01-02 15:04:05"), state(r))
		}
	})
}

func state(r account.ImportRun) string {
	if r.Finished == 0 {
		return "not finished"
	}
	return "finished"
}
