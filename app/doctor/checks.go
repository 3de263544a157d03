package doctor

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/resource"
	"github.com/minori-hq/minori/store/records/access"
)

// Bounds of what counts as well.
const (
	leastFree    = 1 << 30          // bytes; and a quarter of the lake, which compaction writes anew
	clockSlack   = 5 * time.Minute  // by which something may seem to have happened later than now
	importTime   = 24 * time.Hour   // no import takes longer
	jobTime      = 15 * time.Minute // no job runs or waits longer
	foldTime     = time.Minute      // no message waits longer while a server is at work
	mostOutbox   = 10_000           // changes that may wait for the next evaluation
	mostWaiting  = 10_000           // events that may wait for their account
	looseRollups = 500_000          // rollup rows out of order, and a quarter of all
)

// FreeSpace gives what a user may write to the disk of a folder, in bytes.
func FreeSpace(dir string) (uint64, error) {
	var st syscall.Statfs_t
	if err := syscall.Statfs(dir, &st); err != nil {
		return 0, fmt.Errorf("asking for the free space of %s: %w", dir, err)
	}
	return st.Bavail * uint64(st.Bsize), nil
}

func gigabytes(n uint64) string { return fmt.Sprintf("%.1f GB", float64(n)/1e9) }

func (x *examination) disk() {
	free, err := x.Free(x.Data)
	if err != nil {
		x.failed("disk", err)
		return
	}
	need := uint64(leastFree)
	if st, err := os.Stat(x.Lake); err == nil {
		need = max(need, uint64(st.Size())/4)
	}
	var t *trouble
	if free < need {
		t = &trouble{fmt.Sprintf("The disk of %s has %s left; %s should be free.", x.Data, gigabytes(free), gigabytes(need)),
			"Make room, move the data directory to a larger disk, or keep raw events for fewer days (page Data health)."}
	}
	x.add("disk", fmt.Sprintf("The disk has %s left.", gigabytes(free)), t)
}

// clock looks whether something was written later than now, and whether the
// workspace's time zone is known here.
func (x *examination) clock(ctx context.Context) {
	ws, err := x.records.Workspace(ctx)
	if err != nil {
		x.failed("clock", err)
		return
	}
	x.ws = ws
	zone, err := time.LoadLocation(ws.TimeZone)
	if err != nil {
		x.zone = nil
		x.add("clock", "", &trouble{fmt.Sprintf("The time zone %q of the workspace is not known on this machine.", ws.TimeZone), "Install the time zone data (package tzdata)."})
		return
	}
	x.zone = zone
	newest, err := x.health.Newest(ctx)
	if err != nil {
		x.failed("clock", err)
		return
	}
	var t *trouble
	if last := minori.FromMicros(newest); last.Sub(x.now) > clockSlack {
		t = &trouble{fmt.Sprintf("The clock of this machine says %s, but the records were written at %s.", stamp(x.now, zone), stamp(last, zone)),
			"Set the clock (turn on NTP); days, due dates and sessions depend on it."}
	}
	x.add("clock", fmt.Sprintf("It is %s in the workspace's time zone %s.", stamp(x.now, zone), ws.TimeZone), t)
}

func stamp(t time.Time, zone *time.Location) string {
	return t.In(zone).Format("2006-01-02 15:04:05")
}

func (x *examination) audit(ctx context.Context) {
	r, err := access.New(x.records.DB).VerifyAudit(ctx, 0)
	if err != nil {
		x.failed("audit", err)
		return
	}
	var t *trouble
	switch {
	case r.Cut:
		t = &trouble{says: "The newest lines of the audit log are missing or altered."}
	case len(r.Faults) > 0:
		t = &trouble{says: fmt.Sprintf("The audit log does not fit together at %d of its lines, first at line %d.", len(r.Faults), r.Faults[0].ID)}
	case !r.Intact:
		t = &trouble{says: "The audit log has no chain."}
	}
	if t != nil {
		t.remedy = "Somebody wrote to the records past minori. See minori audit verify for the lines, and compare with a backup."
	}
	x.add("audit", fmt.Sprintf("The audit log is intact (%d lines).", r.Lines), t)
}

func (x *examination) imports(ctx context.Context) {
	n, err := x.health.Unfinished(ctx, x.now.Add(-importTime).UnixMicro())
	if err != nil {
		x.failed("imports", err)
		return
	}
	var t *trouble
	if n > 0 {
		t = &trouble{fmt.Sprintf("%d imports began more than a day ago and never ended.", n), "They were killed: run minori import again with the same files; what was stored is left as it is."}
	}
	x.add("imports", "No import was left unfinished.", t)
}

func (x *examination) jobs(ctx context.Context) {
	stuck, err := x.health.StuckJobs(ctx, x.now.Add(-jobTime).UnixMicro())
	if err != nil {
		x.failed("jobs", err)
		return
	}
	var late, dead []string
	for _, j := range stuck {
		switch {
		case j.State == "discarded":
			dead = append(dead, fmt.Sprintf("%d of %s", j.Jobs, j.Kind))
		case x.Serving || j.State == "running":
			late = append(late, fmt.Sprintf("%d of %s (%s)", j.Jobs, j.Kind, j.State))
		}
	}
	var t *trouble
	switch {
	case len(late) > 0:
		t = &trouble{fmt.Sprintf("Jobs have been running or waiting for more than 15 minutes: %s.", short(late)), "Start minori serve, or start it again if it runs; jobs are safe to run twice."}
	case len(dead) > 0:
		t = &trouble{fmt.Sprintf("Jobs were given up after all attempts: %s.", short(dead)), "The log says why they failed. Webhooks can be sent again on the page Webhooks."}
	}
	x.add("jobs", "No job is stuck.", t)
}

// files looks whether the files that the timeline names are there.
func (x *examination) files(ctx context.Context) {
	var missing []string
	all := 0
	err := x.health.Files(ctx, func(hash, name string) error {
		all++
		if len(hash) < 2 {
			missing = append(missing, name)
			return nil
		}
		if _, err := os.Stat(filepath.Join(x.Files, hash[:2], hash)); errors.Is(err, fs.ErrNotExist) {
			missing = append(missing, name)
		}
		return nil
	})
	if err != nil {
		x.failed("files", err)
		return
	}
	var t *trouble
	if len(missing) > 0 {
		t = &trouble{fmt.Sprintf("%d attached files are missing from %s, such as %s.", len(missing), x.Files, missing[0]), "Copy the folder files from a backup; what is there already is left alone."}
	}
	x.add("files", fmt.Sprintf("All %d attached files are there.", all), t)
}

func (x *examination) building(ctx context.Context) {
	list, err := x.lake.Building(ctx)
	if err != nil {
		x.failed("metrics", err)
		return
	}
	var t *trouble
	if len(list) > 0 {
		t = &trouble{fmt.Sprintf("%d metrics are still to be counted from raw events; until then they are unknown.", len(list)), "Wait if an apply is under way; otherwise start minori serve again, which counts them first."}
	}
	x.add("metrics", "Every metric is counted.", t)
}

func (x *examination) loose(ctx context.Context) {
	s, err := x.lake.Stats(ctx)
	if err != nil {
		x.failed("rollups", err)
		return
	}
	var t *trouble
	if s.Loose >= looseRollups && s.Loose*4 >= s.Rows["rollup"] {
		t = &trouble{fmt.Sprintf("%d of %d daily rollups are out of order, which makes pages and evaluations slow.", s.Loose, s.Rows["rollup"]), "They are put in order after the next import, and every night while a server runs."}
	}
	x.add("rollups", "The daily rollups are in order.", t)
}

func (x *examination) backlog(ctx context.Context) {
	inbox, since, waiting, err := x.lake.Backlog(ctx)
	if err != nil {
		x.failed("inbox", err)
		return
	}
	var t *trouble
	if late := x.now.Sub(minori.FromMicros(since)); inbox > 0 && x.Serving && late > foldTime {
		t = &trouble{fmt.Sprintf("%d messages wait to be counted, the first for %s.", inbox, late.Round(time.Second)), "The machine does not keep up, or counting fails: look at the log and at minori_fold_duration_seconds. Nothing is lost."}
	}
	x.add("inbox", fmt.Sprintf("%d messages wait to be counted.", inbox), t)
	t = nil
	if waiting > mostWaiting {
		t = &trouble{fmt.Sprintf("%d events wait for an account that is not known.", waiting), "The page Data health names the accounts: import them, or correct the groupId that the sender uses."}
	}
	x.add("waiting", fmt.Sprintf("%d events wait for their account.", waiting), t)
}

// outbox looks how far the lake is behind the records, or before them.
func (x *examination) outbox(ctx context.Context) {
	applied, err := x.lake.Applied(ctx)
	if err != nil {
		x.failed("outbox", err)
		return
	}
	waiting, _, err := x.health.Outbox(ctx, applied)
	if err != nil {
		x.failed("outbox", err)
		return
	}
	last, err := x.health.LastOutbox(ctx)
	if err != nil {
		x.failed("outbox", err)
		return
	}
	var t *trouble
	switch {
	case applied > last:
		t = &trouble{fmt.Sprintf("The lake has taken change %d of the records, but they count only %d: the two stores are from different times.", applied, last),
			"Restore both stores from the same backup."}
	case waiting > mostOutbox:
		t = &trouble{fmt.Sprintf("%d changes of the records are not in the lake yet.", waiting), "Run minori evaluate, which brings them in; if it fails, its message says why."}
	}
	x.add("outbox", fmt.Sprintf("%d changes of the records wait for the lake.", waiting), t)
}

func (x *examination) cycles(ctx context.Context) {
	open, err := x.lake.Cycles(ctx)
	if err != nil {
		x.failed("cycles", err)
		return
	}
	ids := make([]int64, len(open))
	for i := range open {
		ids[i] = open[i].ID
	}
	done, err := x.records.HandedOver(ctx, ids)
	if err != nil {
		x.failed("cycles", err)
		return
	}
	var late []string
	for i := range open {
		old := x.now.Sub(minori.FromMicros(open[i].ComputedAt)) > jobTime
		if !done[open[i].ID] && (old || !x.Serving) {
			late = append(late, open[i].AsOf.Day.String())
		}
	}
	var t *trouble
	if len(late) > 0 {
		t = &trouble{fmt.Sprintf("Evaluations were computed and not handed over: %s.", short(late)), "Start minori serve again, or run any command that opens the workspace: what was left open is finished first."}
	}
	x.add("cycles", "Every evaluation was handed over.", t)
}

// stale looks for metrics whose data stopped coming.
func (x *examination) stale(ctx context.Context) {
	cfg, err := resource.NewService(resource.ServiceConfig{Store: x.records, Settings: x.records, Clock: x.Clock}).Load(ctx)
	if err != nil {
		x.failed("sources", err)
		return
	}
	asOf := minori.At(x.now, x.zone)
	latest, err := x.lake.Freshness(ctx, asOf)
	if err != nil {
		x.failed("sources", err)
		return
	}
	var t *trouble
	if list := cfg.Stale(latest, asOf.Day); len(list) > 0 {
		var names []string
		for _, s := range list {
			names = append(names, fmt.Sprintf("%s (last point %s)", s.Metric.Def.Name, s.Latest))
		}
		t = &trouble{fmt.Sprintf("%d metrics are stale: %s.", len(list), strings.Join(names[:min(len(names), 5)], ", ")), "Bring newer data in; the page Data health shows which measures, scorecards and rules depend on them."}
	}
	x.add("sources", "No metric is stale.", t)
}
