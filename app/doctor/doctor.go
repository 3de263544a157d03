// Package doctor looks at an installation and says in words what is wrong with
// it and what to do. It changes nothing, and works on stores that the program
// itself would not open.
package doctor

import (
	"context"
	"fmt"
	"time"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/store/lake/duckdb/inspect"
	"github.com/minori-hq/minori/store/records"
	"github.com/minori-hq/minori/store/records/health"
)

// Finding is what one check found.
type Finding struct {
	Check  string `json:"check"`
	OK     bool   `json:"ok"`
	Says   string `json:"says"`
	Remedy string `json:"remedy,omitempty"` // what to do, where something is wrong
}

// Report is what all checks found.
type Report struct {
	OK       bool      `json:"ok"`
	Findings []Finding `json:"findings"`
}

// Config says what to look at.
type Config struct {
	Data    string // data directory
	Records string // address of the records
	Lake    string // file of the lake
	Files   string // folder of attached files
	Clock   minori.Clock
	// Owner says in words who holds the data directory.
	Owner string
	// Open is the lake as the running server has it; nil: it is opened here.
	Open *inspect.Lake
	// Serving says that a server is at work: what waits should be moving.
	Serving bool
	// Quick reads only a part of large tables.
	Quick bool
	// Free gives the free space of a folder's disk in bytes; nil: the system's.
	Free func(dir string) (uint64, error)
}

// examination is one run of all checks.
type examination struct {
	Config
	now     time.Time
	report  Report
	records *records.DB
	health  health.Store
	lake    *inspect.Lake
	ws      minori.Workspace
	zone    *time.Location // nil: not known on this machine
}

// Examine runs all checks. A check that needs a store which cannot be read is
// left out: what is wrong with the store has been said.
func Examine(ctx context.Context, cfg Config) Report {
	x := &examination{Config: cfg, now: cfg.Clock(), report: Report{OK: true}, zone: time.UTC}
	if x.Free == nil {
		x.Free = FreeSpace
	}
	x.add("owner", cfg.Owner, nil)
	x.disk()
	x.openRecords(ctx)
	x.openLake(ctx)
	if x.records != nil {
		x.clock(ctx)
		x.audit(ctx)
		x.imports(ctx)
		x.jobs(ctx)
		x.files(ctx)
		defer x.records.Close()
	}
	if x.lake != nil {
		x.building(ctx)
		x.loose(ctx)
		x.backlog(ctx)
		defer x.lake.Close()
	}
	if x.records != nil && x.lake != nil {
		x.outbox(ctx)
		x.cycles(ctx)
		if x.zone != nil {
			x.stale(ctx)
		}
	}
	return x.report
}

// trouble is what is wrong, with what to do.
type trouble struct{ says, remedy string }

// add notes what a check found: what is well, or the trouble.
func (x *examination) add(check, well string, t *trouble) {
	f := Finding{Check: check, OK: t == nil, Says: well}
	if t != nil {
		f.Says, f.Remedy = t.says, t.remedy
		x.report.OK = false
	}
	x.report.Findings = append(x.report.Findings, f)
}

// failed notes that a check could not be made.
func (x *examination) failed(check string, err error) {
	x.add(check, "", &trouble{fmt.Sprintf("This could not be checked: %v.", err), "Look at the checks before this one; if they are fine, run minori doctor again."})
}

// openRecords opens the records and looks whether they are sound.
func (x *examination) openRecords(ctx context.Context) {
	const restore = "Stop the server, restore the last backup of the whole data directory, and keep the damaged file aside."
	db, err := records.Look(x.Records)
	if err != nil {
		x.add("records", "", &trouble{fmt.Sprintf("The records cannot be opened: %v.", err), "Check --data and MINORI_RECORDS_URL; a new workspace is made by minori init."})
		return
	}
	keep := false
	defer func() {
		if !keep {
			_ = db.Close()
		}
	}()
	of := health.Store{DB: db.DB}
	if err := db.Ping(ctx); err != nil {
		x.add("records", "", &trouble{fmt.Sprintf("The records do not answer: %v.", err), "Check that the database runs, that its address in MINORI_RECORDS_URL is right, and that this machine may reach it."})
		return
	}
	damage, err := of.Damage(ctx, x.Quick)
	if err != nil {
		x.add("records", "", &trouble{fmt.Sprintf("The records cannot be read: %v.", err), restore})
		return
	}
	if len(damage) > 0 {
		x.add("records", "", &trouble{fmt.Sprintf("The file of the records is damaged: %s.", short(damage)), restore})
		return
	}
	have, newest, err := db.TableVersions(ctx)
	switch {
	case err != nil:
		x.add("records", "", &trouble{fmt.Sprintf("The records hold no workspace: %v.", err), "Make one with minori init, or check --data and MINORI_RECORDS_URL."})
		return
	case have > newest:
		x.add("records", "", &trouble{fmt.Sprintf("The records were written by a newer minori: their tables have version %d, this program knows %d.", have, newest), "Run the newer version of minori."})
		return
	case have < newest:
		x.add("records", "", &trouble{fmt.Sprintf("The tables of the records have version %d, this program makes %d.", have, newest), "Make a backup, then start minori serve: it brings them up to date."})
		return
	}
	keep = true
	x.records, x.health = db, of
	x.add("records", fmt.Sprintf("The records answer (%s) and their tables are of version %d.", db.Backend(), have), nil)
	x.references(ctx)
	x.server(ctx)
}

// references looks for rows that belong to nothing.
func (x *examination) references(ctx context.Context) {
	broken, err := x.health.BrokenRefs(ctx)
	if err != nil {
		x.failed("references", err)
		return
	}
	var t *trouble
	if len(broken) > 0 {
		var list []string
		for _, b := range broken {
			list = append(list, fmt.Sprintf("%d of %s belong to a %s that is not there", b.Rows, b.Table, b.Parent))
		}
		t = &trouble{fmt.Sprintf("Rows lead nowhere: %s.", short(list)), "Something other than minori wrote to the file. Restore the last backup of the whole data directory."}
	}
	x.add("references", "Every row of the records leads to rows that are there.", t)
}

// oldestPostgres is the first version of PostgreSQL that is supported.
const oldestPostgres = 15_00_00

// server looks at the version of PostgreSQL.
func (x *examination) server(ctx context.Context) {
	version, err := x.health.Server(ctx)
	if err != nil {
		x.failed("postgres", err)
		return
	}
	if version == 0 {
		return
	}
	var t *trouble
	if version < oldestPostgres {
		t = &trouble{fmt.Sprintf("PostgreSQL is of version %d.%d.", version/10000, version%10000), "Take PostgreSQL 15 or later."}
	}
	x.add("postgres", fmt.Sprintf("PostgreSQL is of version %d.%d.", version/10000, version%10000), t)
}

// openLake opens the lake and reads it.
func (x *examination) openLake(ctx context.Context) {
	const restore = "Stop the server, restore the last backup of the whole data directory, and keep the damaged file aside."
	lake := x.Open
	if lake == nil {
		var err error
		if lake, err = inspect.Open(x.Lake); err != nil {
			x.add("lake", "", &trouble{fmt.Sprintf("The lake cannot be opened: %v.", err), restore})
			return
		}
	}
	keep := false
	defer func() {
		if !keep {
			_ = lake.Close()
		}
	}()
	have, newest, err := lake.Versions(ctx)
	switch {
	case err != nil:
		x.add("lake", "", &trouble{fmt.Sprintf("The lake cannot be read: %v.", err), restore})
		return
	case have > newest:
		x.add("lake", "", &trouble{fmt.Sprintf("The lake was written by a newer minori: its tables have version %d, this program knows %d.", have, newest), "Run the newer version of minori."})
		return
	case have < newest:
		x.add("lake", "", &trouble{fmt.Sprintf("The tables of the lake have version %d, this program makes %d.", have, newest), "Make a backup, then start minori serve: it brings them up to date."})
		return
	}
	broken, err := lake.Unreadable(ctx, x.Quick)
	if err != nil {
		x.failed("lake", err)
		return
	}
	if len(broken) > 0 {
		x.add("lake", "", &trouble{fmt.Sprintf("The table %s of the lake cannot be read: %s.", broken[0].Table, broken[0].Why), restore})
		return
	}
	keep = true
	x.lake = lake
	x.add("lake", fmt.Sprintf("Every table of the lake can be read, and they are of version %d.", have), nil)
}

// short gives the first of a list, and how many more there are.
func short(list []string) string {
	if len(list) == 1 {
		return list[0]
	}
	return fmt.Sprintf("%s; and %d more", list[0], len(list)-1)
}
