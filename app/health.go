package app

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"time"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/app/doctor"
	"github.com/minori-hq/minori/auth"
	"github.com/minori-hq/minori/importer"
	"github.com/minori-hq/minori/ingest"
	"github.com/minori-hq/minori/resource"
	"github.com/minori-hq/minori/store/lake/duckdb/inspect"
	"github.com/minori-hq/minori/store/records/health"
	"github.com/minori-hq/minori/web/site"
)

// keepSetting names the setting of how many days raw events are kept.
const keepSetting = "keep_events_days"

// keepDays is how many days raw events are kept unless somebody says otherwise.
const keepDays = 400

// driftTime is for how long something new in events is called new.
const driftTime = 7 * 24 * time.Hour

// mostWaiting is how many accounts are named that events wait for.
const mostWaiting = 50

// EventsKept gives how many days raw events are kept, and the first day of which
// they are.
func (a *App) EventsKept(ctx context.Context) (days int, from minori.Day, err error) {
	text, err := a.Records.Setting(ctx, keepSetting)
	if err != nil {
		return 0, 0, fmt.Errorf("reading how long events are kept: %w", err)
	}
	days = keepDays
	if n, err := strconv.Atoi(text); err == nil {
		days = n
	}
	return days, minori.DayOf(a.Now().In(a.zone)) - minori.Day(days), nil
}

// webHealth tells the pages how the data do.
type webHealth struct{ *App }

// KeepEvents implements site.Health.
func (h webHealth) KeepEvents(ctx context.Context, actor minori.Actor, days int) error {
	if err := actor.Require(actor.Role == minori.RoleAdmin, "set how long events are kept"); err != nil {
		return err
	}
	if days < site.LeastKeep || days > site.MostKeep {
		return minori.Errorf(minori.Invalid, "raw events are kept for %d to %d days, not %d", site.LeastKeep, site.MostKeep, days)
	}
	return h.Records.InTx(ctx, func(ctx context.Context) error {
		before, _, err := h.EventsKept(ctx)
		if err != nil {
			return err
		}
		if err := h.Records.SetSetting(ctx, keepSetting, strconv.Itoa(days)); err != nil {
			return err
		}
		return h.Records.AppendAudit(ctx, auth.Entry{At: h.Now().UnixMicro(), Actor: actor.Name, Action: "events.keep", Object: "raw events",
			Detail: fmt.Sprintf("%d days, before %d", days, before)})
	})
}

// DataHealth implements site.Health.
func (h webHealth) DataHealth(ctx context.Context, actor minori.Actor) (site.DataHealth, error) {
	var out site.DataHealth
	if err := actor.Require(actor.MayOversee(), "see how the data do"); err != nil {
		return out, err
	}
	for _, fill := range []func(context.Context, *site.DataHealth) error{h.files, h.streams, h.waiting, h.stale, h.disk, h.keep} {
		if err := fill(ctx, &out); err != nil {
			return out, err
		}
	}
	return out, nil
}

// files fills in the sources of files with their last imports.
func (h webHealth) files(ctx context.Context, out *site.DataHealth) error {
	cfg, err := h.Resources.Load(ctx)
	if err != nil {
		return fmt.Errorf("reading the definitions: %w", err)
	}
	runs, err := health.Store{DB: h.Records.DB}.LastImports(ctx)
	if err != nil {
		return fmt.Errorf("reading the last imports: %w", err)
	}
	for i := range cfg.Sources {
		def := cfg.Sources[i].Def
		f := site.FileSource{Name: def.Name, Into: string(def.Into), Format: string(def.Format)}
		if run, ok := runs[def.Name]; ok {
			f.Last, f.Running = run.Started, run.Finished == 0
			var rep importer.SourceReport
			if run.Report != "" {
				if err := json.Unmarshal([]byte(run.Report), &rep); err != nil {
					return fmt.Errorf("reading the report of import %d: %w", run.ID, err)
				}
			}
			f.Read, f.Stored, f.Refused = int64(rep.Read), int64(rep.Created+rep.Updated+rep.Unchanged), int64(rep.Rejected)
		}
		out.Files = append(out.Files, f)
	}
	return nil
}

// streams fills in the sources of tracked messages, and what is new in them.
func (h webHealth) streams(ctx context.Context, out *site.DataHealth) error {
	ids, err := h.Records.IDs(ctx, "Source")
	if err != nil {
		return fmt.Errorf("reading the sources: %w", err)
	}
	out.Names = make(map[int64]string, len(ids))
	for name, id := range ids {
		out.Names[id] = name
	}
	streams := map[int64]*site.StreamSource{}
	of := func(id int64) *site.StreamSource {
		if streams[id] == nil {
			streams[id] = &site.StreamSource{ID: id, Name: out.Names[id]}
		}
		return streams[id]
	}
	// Who oversees sees the names of keys; no secret is kept.
	keys, _, err := h.Keys.List(ctx, minori.System(), minori.Page{Limit: minori.MaxPage})
	if err != nil {
		return fmt.Errorf("reading the write keys: %w", err)
	}
	for _, k := range keys {
		s := of(k.Source)
		s.Last = max(s.Last, k.Used)
		if k.Revoked == 0 {
			s.Keys = append(s.Keys, k)
		}
	}
	if h.Ingest != nil {
		for _, st := range h.Ingest.Stats() {
			s := of(st.Source)
			s.Stats, s.Last = st, max(s.Last, st.LastSeen)
		}
		out.Shapes, out.New = drift(h.Ingest.Shapes(), h.Now().Add(-driftTime).UnixMicro())
	}
	for _, s := range streams {
		out.Streams = append(out.Streams, *s)
	}
	slices.SortFunc(out.Streams, func(a, b site.StreamSource) int { return cmp.Compare(a.Name, b.Name) })
	return nil
}

// drift picks the shapes that are new since an instant, the newest first. The
// properties of a name that is new itself are not news.
func drift(all []ingest.Shape, since int64) ([]ingest.Shape, int) {
	type name struct {
		source int64
		event  string
	}
	fresh := map[name]bool{}
	for _, s := range all {
		if s.Property == "" && s.First >= since {
			fresh[name{s.Source, s.Event}] = true
		}
	}
	out := slices.DeleteFunc(all, func(s ingest.Shape) bool {
		return s.First < since || s.Property != "" && fresh[name{s.Source, s.Event}]
	})
	slices.SortStableFunc(out, func(a, b ingest.Shape) int { return cmp.Compare(b.First, a.First) })
	return out[:min(len(out), site.MaxShapes)], len(out)
}

// waiting fills in what waits.
func (h webHealth) waiting(ctx context.Context, out *site.DataHealth) error {
	lake := inspect.Of(h.Lake.Reader)
	var err error
	if out.Inbox, _, out.Waiting, err = lake.Backlog(ctx); err != nil || out.Waiting == 0 {
		return err
	}
	list, err := lake.WaitingFor(ctx, mostWaiting)
	for _, w := range list {
		out.WaitingFor = append(out.WaitingFor, site.WaitingAccount{Key: w.Account, Events: w.Events, First: w.First, Last: w.Last})
	}
	return err
}

// stale fills in the metrics whose data stopped coming.
func (h webHealth) stale(ctx context.Context, out *site.DataHealth) error {
	cfg, err := h.Resources.Load(ctx)
	if err != nil {
		return fmt.Errorf("reading the definitions: %w", err)
	}
	asOf := minori.At(h.Now(), h.zone)
	latest, err := h.Lake.Freshness(ctx, asOf)
	if err != nil {
		return fmt.Errorf("reading how fresh the metrics are: %w", err)
	}
	for _, s := range cfg.Stale(latest, asOf.Day) {
		out.Stale = append(out.Stale, staleOf(cfg, s))
	}
	return nil
}

func staleOf(cfg *resource.Config, s resource.Stale) site.StaleMetric {
	return site.StaleMetric{Name: s.Metric.Def.Name, Fresh: s.Metric.Def.FreshWithin, Latest: s.Latest, Uses: cfg.UsesOf(s.Metric.Def.Name)}
}

// disk fills in what the stores take.
func (h webHealth) disk(ctx context.Context, out *site.DataHealth) error {
	sizes, err := h.Lake.Stats(ctx)
	if err != nil {
		return fmt.Errorf("reading how large the lake is: %w", err)
	}
	out.Disk.Lake = sizes.Bytes
	if out.Disk.Records, err = (health.Store{DB: h.Records.DB}).Bytes(ctx); err != nil {
		return fmt.Errorf("reading how large the records are: %w", err)
	}
	free, err := doctor.FreeSpace(h.cfg.Data)
	if err != nil {
		return err
	}
	out.Disk.Free = int64(free)
	tables, err := inspect.Of(h.Lake.Reader).Tables(ctx)
	for _, t := range tables {
		if t.Rows > 0 {
			out.Disk.Tables = append(out.Disk.Tables, site.DiskTable{Name: t.Name, Rows: t.Rows, Bytes: t.Bytes})
		}
	}
	return err
}

// keep fills in how long events are kept; disk comes before.
func (h webHealth) keep(ctx context.Context, out *site.DataHealth) error {
	days, from, err := h.EventsKept(ctx)
	if err != nil {
		return err
	}
	out.Keep.Days = days
	if out.Keep.Old, out.Keep.Events, err = inspect.Of(h.Lake.Reader).EventsBefore(ctx, from); err != nil || out.Keep.Events == 0 {
		return err
	}
	if i := slices.IndexFunc(out.Disk.Tables, func(t site.DiskTable) bool { return t.Name == "event" }); i >= 0 {
		out.Keep.Frees = int64(float64(out.Disk.Tables[i].Bytes) * float64(out.Keep.Old) / float64(out.Keep.Events))
	}
	return nil
}
