package main

import (
	"errors"

	"github.com/minori-hq/minori/app"
	"github.com/minori-hq/minori/app/doctor"
)

// errUnwell says that the doctor found something wrong; it has been said.
var errUnwell = errors.New("something is wrong")

// doctorCmd looks at the installation.
type doctorCmd struct {
	dataFlags
	Quick bool `help:"Read only a part of large tables."`
}

// Run implements command: it looks at the running program.
func (c *doctorCmd) Run(e *env) error { return c.tell(e, e.app.Doctor(e.ctx, c.Quick)) }

// runClosed implements closedCommand: it looks at stores that the program might
// not be able to open.
func (c *doctorCmd) runClosed(e *env) error {
	return c.tell(e, app.Doctor(e.ctx, config(c.Data), c.Quick))
}

func (c *doctorCmd) tell(e *env, r doctor.Report) error {
	err := e.answer(r, func() {
		for _, f := range r.Findings {
			if f.OK {
				e.print("ok     %-10s %s", f.Check, f.Says)
				continue
			}
			e.print("WRONG  %-10s %s", f.Check, f.Says)
			e.print("       %-10s → %s", "", f.Remedy)
		}
	})
	if err == nil && !r.OK {
		return errUnwell
	}
	return err
}
