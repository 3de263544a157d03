package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"time"

	"github.com/alecthomas/kong"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/app"
	"github.com/minori-hq/minori/app/owner"
)

// Exit statuses, a contract of the command line.
const (
	exitDone     = 0
	exitFailed   = 1
	exitUsage    = 2
	exitRejected = 3 // done, but rows were rejected
)

// errRejected says that the work is done but rows were rejected.
var errRejected = errors.New("rows were rejected")

// commandWait is how long a command queues behind another offline one.
const commandWait = 30 * time.Second

// cli lists the subcommands.
type cli struct {
	Demo     demoCmd     `cmd:"" help:"Make a sample company and serve it at once."`
	Serve    serveCmd    `cmd:"" help:"Serve the pages of a workspace."`
	Init     initCmd     `cmd:"" help:"Make an empty workspace."`
	Diff     diffCmd     `cmd:"" help:"Show what applying workspace files would change."`
	Apply    applyCmd    `cmd:"" help:"Apply workspace files in one transaction."`
	Export   exportCmd   `cmd:"" help:"Write the workspace's definitions as files."`
	Rollback rollbackCmd `cmd:"" help:"Go back to an earlier version of the workspace."`
	Versions versionsCmd `cmd:"" help:"List the versions of the workspace."`
	Import   importCmd   `cmd:"" help:"Bring files in."`
	Evaluate evaluateCmd `cmd:"" help:"Compute measures, scores and rules as of a day or over a range."`
	Report   reportCmd   `cmd:"" help:"Report scores, measures, retention, calls to action, events, accounts."`
	Explain  explainCmd  `cmd:"" help:"Explain a score or a change of it."`
	Preview  previewCmd  `cmd:"" help:"Show what a rule would have done over past days, without effects."`
	Override overrideCmd `cmd:"" help:"Set or clear a manual score."`
	Action   actionCmd   `cmd:"" help:"Work calls to action."`
	User     userCmd     `cmd:"" help:"Manage who may sign in."`
	Token    tokenCmd    `cmd:"" help:"Manage the keys of programs that send tracking messages."`
	Audit    auditCmd    `cmd:"" help:"Check the audit log."`
	Webhook  webhookCmd  `cmd:"" help:"Manage where events are sent."`
	Doctor   doctorCmd   `cmd:"" help:"Check both stores and say what is wrong in words."`
	Sample   sampleCmd   `cmd:"" help:"Fill a new workspace with a sample company of any size."`
}

// dataFlags are shared by all commands that work on an installation.
type dataFlags struct {
	Data string `help:"Data directory." default:"./minori-data"`
	JSON bool   `help:"Answer as JSON." name:"json"`
}

func (f *dataFlags) data() *dataFlags { return f }

// command is what every subcommand is.
type command interface{ Run(e *env) error }

// dataCommand is a command that works on the stores of a data directory: in
// this process, or through the process that owns them.
type dataCommand interface {
	command
	data() *dataFlags
}

// closedCommand is a dataCommand that, where no server runs, works on stores
// that the program has not opened.
type closedCommand interface{ runClosed(e *env) error }

// withInputs is a command that reads files or folders of the caller.
type withInputs interface{ inputs() []string }

// withSecret is a command that asks the caller for a text that must not stand
// on the command line.
type withSecret interface{ ask() (string, error) }

// env is what a command runs in.
type env struct {
	ctx  context.Context
	app  *app.App // nil for commands that open their own
	out  io.Writer
	err  io.Writer
	json bool
	// secret is what a withSecret command was told.
	secret string
	paths  map[string]string // where inputs lie, when they were sent along
	bar    func(owner.Progress)
	save   func(path string) (io.WriteCloser, error)
}

// path gives where an input named on the command line can be read.
func (e *env) path(p string) string {
	if q, ok := e.paths[p]; ok {
		return q
	}
	return p
}

// print writes a line for people.
func (e *env) print(format string, args ...any) { fmt.Fprintf(e.out, format+"\n", args...) }

// answer writes v as JSON if asked for, else calls text.
func (e *env) answer(v any, text func()) error {
	if !e.json {
		text()
		return nil
	}
	enc := json.NewEncoder(e.out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return fmt.Errorf("writing the answer: %w", err)
	}
	return nil
}

// version is the program's version as the build recorded it.
func version() string {
	if i, ok := debug.ReadBuildInfo(); ok && i.Main.Version != "" {
		return i.Main.Version
	}
	return "(devel)"
}

// run executes one command line and gives the exit status.
func run(ctx context.Context, args []string, out, errw io.Writer) int {
	cmd, code, err := parse(args, out, errw)
	if cmd == nil {
		if err != nil {
			fmt.Fprintln(errw, "minori:", err)
		}
		return code
	}
	e := &env{ctx: ctx, out: out, err: errw, save: createFile}
	d, ok := cmd.(dataCommand)
	if !ok {
		return report(errw, cmd.Run(e))
	}
	e.json = d.data().JSON
	if s, ok := cmd.(withSecret); ok {
		if e.secret, err = s.ask(); err != nil {
			return report(errw, err)
		}
	}
	return runOnData(e, d, args)
}

// parse reads the command line. A nil command means there is nothing to run:
// help was shown, or the line is wrong.
func parse(args []string, out, errw io.Writer) (cmd command, code int, err error) {
	var c cli
	type exit int
	defer func() {
		if r := recover(); r != nil {
			x, ok := r.(exit)
			if !ok {
				panic(r)
			}
			cmd, code, err = nil, int(x), nil
		}
	}()
	parser, err := kong.New(&c, kong.Name("minori"), kong.Description("Minori: a customer-success platform in one binary."),
		kong.Writers(out, errw), kong.Exit(func(code int) { panic(exit(code)) }), kong.UsageOnError(),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}))
	if err != nil {
		return nil, exitFailed, fmt.Errorf("building the command line: %w", err)
	}
	k, err := parser.Parse(args)
	if err != nil {
		return nil, exitUsage, fmt.Errorf("%w; see minori --help", err)
	}
	target := k.Selected().Target
	if target.CanAddr() {
		if cmd, ok := target.Addr().Interface().(command); ok {
			return cmd, 0, nil
		}
	}
	return nil, exitUsage, fmt.Errorf("%q needs a subcommand; see minori %s --help", k.Command(), k.Command())
}

// runOnData runs the command on the data directory, here or through its owner.
func runOnData(e *env, cmd dataCommand, args []string) int {
	dir := cmd.data().Data
	if _, err := os.Stat(dir); errors.Is(err, os.ErrNotExist) {
		return report(e.err, minori.Errorf(minori.NotFound, "there is no workspace in %s; make one with: minori init --data %s", dir, dir))
	}
	me := owner.Holder{Version: version(), Command: args[0]}
	lock, holder, err := owner.Acquire(e.ctx, dir, me, commandWait)
	if err != nil {
		return report(e.err, err)
	}
	if holder != nil {
		return forward(e, cmd, holder, args)
	}
	defer lock.Close()
	if c, ok := cmd.(closedCommand); ok {
		return report(e.err, c.runClosed(e))
	}
	a, err := app.New(e.ctx, config(dir))
	if err != nil {
		return report(e.err, err)
	}
	show := newBars(e.err)
	e.app, e.bar = a, show.progress
	err = cmd.Run(e)
	show.close()
	return report(e.err, errors.Join(err, a.Close()))
}

// forward runs the command in the process that owns the directory.
func forward(e *env, cmd command, h *owner.Holder, args []string) int {
	req := owner.Request{Version: version(), Args: args, Secret: e.secret}
	if in, ok := cmd.(withInputs); ok {
		req.Inputs = in.inputs()
		for _, p := range req.Inputs {
			if _, err := os.Stat(p); err != nil {
				return report(e.err, &minori.Error{Code: minori.NotFound, Message: "cannot read " + p, Err: err})
			}
		}
	}
	show := newBars(e.err)
	defer show.close()
	files := fileSink{}
	code, err := owner.Call(e.ctx, h, req, func(f owner.Frame) error {
		_, _ = io.WriteString(e.out, f.Out)
		_, _ = io.WriteString(e.err, f.Err)
		if f.Bar != nil {
			show.progress(*f.Bar)
		}
		if f.File != nil {
			return files.write(*f.File)
		}
		return nil
	})
	if err != nil {
		return report(e.err, err)
	}
	return code
}

// serveCommand runs a command that another process sent to this one.
func serveCommand(a *app.App) owner.Handler {
	return func(ctx context.Context, req owner.Request, inputs []string, send func(owner.Frame) error) int {
		names := callerNames(req.Inputs, inputs)
		out := frameWriter(func(s string) error { return send(owner.Frame{Out: names.Replace(s)}) })
		errw := frameWriter(func(s string) error { return send(owner.Frame{Err: names.Replace(s)}) })
		cmd, code, err := parse(req.Args, out, errw)
		if cmd == nil {
			if err != nil {
				fmt.Fprintln(errw, "minori:", err)
			}
			return code
		}
		d, ok := cmd.(dataCommand)
		if !ok {
			return report(errw, minori.Errorf(minori.Conflict, "a server is running on this data; stop it to run %s", req.Args[0]))
		}
		paths := map[string]string{}
		if in, ok := cmd.(withInputs); ok {
			for i, p := range in.inputs() {
				paths[p] = inputs[i]
			}
		}
		bar, over := a.Told(func(p owner.Progress) { _ = send(owner.Frame{Bar: &p}) })
		defer over()
		e := &env{ctx: ctx, app: a, out: out, err: errw, json: d.data().JSON, secret: req.Secret, paths: paths,
			bar:  bar,
			save: func(path string) (io.WriteCloser, error) { return &fileFrames{path: path, send: send}, nil },
		}
		return report(errw, cmd.Run(e))
	}
}

// callerNames turns the places where a caller's files were put into the names
// that the caller gave them.
func callerNames(given, inputs []string) *strings.Replacer {
	var pairs []string
	for i := range given {
		pairs = append(pairs, inputs[i], given[i])
	}
	return strings.NewReplacer(pairs...)
}

// report prints an error and gives the exit status.
func report(w io.Writer, err error) int {
	switch {
	case err == nil:
		return exitDone
	case errors.Is(err, errRejected):
		return exitRejected
	case errors.Is(err, errUnwell):
		return exitFailed
	}
	fmt.Fprintln(w, "minori:", err)
	return exitFailed
}

func createFile(path string) (io.WriteCloser, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, fmt.Errorf("making a folder for %s: %w", path, err)
	}
	f, err := os.Create(path)
	if err != nil {
		return nil, fmt.Errorf("writing a file: %w", err)
	}
	return f, nil
}

// config is the program on a data directory, with what the environment says of
// the stores.
func config(data string) app.Config {
	return app.Config{Data: data, RecordsURL: os.Getenv("MINORI_RECORDS_URL"), MemoryLimit: os.Getenv("MINORI_LAKE_MEMORY"),
		WebhookNetworks: os.Getenv("MINORI_WEBHOOK_NETWORKS")}
}
