package health

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"time"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/auth"
	"github.com/minori-hq/minori/importer"
	"github.com/minori-hq/minori/ingest"
	"github.com/minori-hq/minori/resource"
)

const (
	keepSetting = "keep_events_days" // names the setting of how many days raw events are kept
	driftTime   = 7 * 24 * time.Hour // for how long something new in events is called new
	mostWaiting = 50                 // accounts that are named
)

// Config is what a Service is made of.
type Config struct {
	Lake    Lake
	Records Records
	Keys    Keys
	Config  func(ctx context.Context) (*resource.Config, error) // the definitions in force
	// Ingest gives what takes messages; nil while nothing does.
	Ingest func() *ingest.Service
	// Sizes gives the bytes that the stores take and that are free.
	Sizes func(ctx context.Context) (lake, records, free int64, err error)
	Zone  *time.Location
	Clock minori.Clock
}

// Service tells how the data do.
type Service struct{ cfg Config }

// NewService makes a Service.
func NewService(cfg Config) *Service { return &Service{cfg} }

// EventsKept gives how many days raw events are kept, and the first day of which
// they are: 0 and minori.MinDay for ever, unless somebody says otherwise.
func (s *Service) EventsKept(ctx context.Context) (days int, from minori.Day, err error) {
	text, err := s.cfg.Records.Setting(ctx, keepSetting)
	if err != nil {
		return 0, 0, fmt.Errorf("reading how long events are kept: %w", err)
	}
	if days, err = strconv.Atoi(text); err != nil || days == 0 {
		return 0, minori.MinDay, nil
	}
	return days, minori.DayOf(s.cfg.Clock().In(s.cfg.Zone)) - minori.Day(days), nil
}

// KeepEvents sets for how many days raw events are kept: LeastKeep to MostKeep.
func (s *Service) KeepEvents(ctx context.Context, actor minori.Actor, days int) error {
	if err := actor.Require(actor.Role == minori.RoleAdmin, "set how long events are kept"); err != nil {
		return err
	}
	if days < LeastKeep || days > MostKeep {
		return minori.Errorf(minori.Invalid, "raw events are kept for %d to %d days, not %d", LeastKeep, MostKeep, days)
	}
	return s.cfg.Records.InTx(ctx, func(ctx context.Context) error {
		before, _, err := s.EventsKept(ctx)
		if err != nil {
			return err
		}
		if err := s.cfg.Records.SetSetting(ctx, keepSetting, strconv.Itoa(days)); err != nil {
			return err
		}
		return s.cfg.Records.AppendAudit(ctx, auth.Entry{At: s.cfg.Clock().UnixMicro(), Actor: actor.Name, Action: "events.keep", Object: "raw events",
			Detail: fmt.Sprintf("%d days, before %d", days, before)})
	})
}

// Health gives how the data do, to who may oversee.
func (s *Service) Health(ctx context.Context, actor minori.Actor) (Health, error) {
	var out Health
	if err := actor.Require(actor.MayOversee(), "see how the data do"); err != nil {
		return out, err
	}
	cfg, err := s.cfg.Config(ctx)
	if err != nil {
		return out, fmt.Errorf("reading the definitions: %w", err)
	}
	if out.Files, err = s.files(ctx, cfg); err != nil {
		return out, err
	}
	if out.Stale, err = s.stale(ctx, cfg); err != nil {
		return out, err
	}
	for _, fill := range []func(context.Context, *Health) error{s.streams, s.waiting, s.disk, s.keep} {
		if err := fill(ctx, &out); err != nil {
			return out, err
		}
	}
	return out, nil
}

// files gives the sources of files with their last imports.
func (s *Service) files(ctx context.Context, cfg *resource.Config) ([]FileSource, error) {
	runs, err := s.cfg.Records.LastImports(ctx)
	if err != nil {
		return nil, fmt.Errorf("reading the last imports: %w", err)
	}
	out := make([]FileSource, len(cfg.Sources))
	for i := range cfg.Sources {
		def := cfg.Sources[i].Def
		f := &out[i]
		f.Name, f.Into = def.Name, def.Into
		run, ok := runs[def.Name]
		if !ok {
			continue
		}
		f.Last, f.Running = run.Started, run.Finished == 0
		var rep importer.SourceReport
		if run.Report != "" {
			if err := json.Unmarshal([]byte(run.Report), &rep); err != nil {
				return nil, fmt.Errorf("reading the report of import %d: %w", run.ID, err)
			}
		}
		f.Read, f.Stored, f.Refused = int64(rep.Read), int64(rep.Created+rep.Updated+rep.Unchanged), int64(rep.Rejected)
	}
	return out, nil
}

// stale gives the metrics whose data stopped coming.
func (s *Service) stale(ctx context.Context, cfg *resource.Config) ([]StaleMetric, error) {
	asOf := minori.At(s.cfg.Clock(), s.cfg.Zone)
	latest, err := s.cfg.Lake.Freshness(ctx, asOf)
	if err != nil {
		return nil, fmt.Errorf("reading how fresh the metrics are: %w", err)
	}
	var out []StaleMetric
	for _, m := range cfg.Stale(latest, asOf.Day) {
		def := &m.Metric.Def
		out = append(out, StaleMetric{Name: def.Name, Fresh: def.FreshWithin, Latest: m.Latest, Uses: cfg.UsesOf(def.Name)})
	}
	return out, nil
}

// streams fills in the sources of tracked messages, and what is new in them.
func (s *Service) streams(ctx context.Context, out *Health) error {
	ids, err := s.cfg.Records.IDs(ctx, "Source")
	if err != nil {
		return fmt.Errorf("reading the sources: %w", err)
	}
	out.Names = make(map[int64]string, len(ids))
	for name, id := range ids {
		out.Names[id] = name
	}
	streams := map[int64]*StreamSource{}
	of := func(id int64) *StreamSource {
		if streams[id] == nil {
			streams[id] = &StreamSource{ID: id, Name: out.Names[id]}
		}
		return streams[id]
	}
	// Who oversees sees the names of keys; their secrets are not kept.
	keys, _, err := s.cfg.Keys.List(ctx, minori.System(), minori.Page{Limit: minori.MaxPage})
	if err != nil {
		return fmt.Errorf("reading the write keys: %w", err)
	}
	for _, k := range keys {
		st := of(k.Source)
		st.Last = max(st.Last, k.Used)
		if k.Revoked == 0 {
			st.Keys = append(st.Keys, k)
		}
	}
	if in := s.cfg.Ingest(); in != nil {
		for _, c := range in.Stats() {
			st := of(c.Source)
			st.Stats, st.Last = c, max(st.Last, c.LastSeen)
		}
		out.Shapes, out.New = drift(in.Shapes(), s.cfg.Clock().Add(-driftTime).UnixMicro())
	}
	for _, st := range streams {
		out.Streams = append(out.Streams, *st)
	}
	slices.SortFunc(out.Streams, func(a, b StreamSource) int { return cmp.Compare(a.Name, b.Name) })
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
	return out[:min(len(out), MaxShapes)], len(out)
}

// waiting fills in what waits.
func (s *Service) waiting(ctx context.Context, out *Health) (err error) {
	if out.Inbox, _, out.Waiting, err = s.cfg.Lake.Backlog(ctx); err != nil || out.Waiting == 0 {
		return err
	}
	out.WaitingFor, err = s.cfg.Lake.WaitingFor(ctx, mostWaiting)
	return err
}

// disk fills in what the stores take.
func (s *Service) disk(ctx context.Context, out *Health) (err error) {
	d := &out.Disk
	if d.Lake, d.Records, d.Free, err = s.cfg.Sizes(ctx); err != nil {
		return fmt.Errorf("reading how large the stores are: %w", err)
	}
	tables, err := s.cfg.Lake.Tables(ctx)
	d.Tables = slices.DeleteFunc(tables, func(t Table) bool { return t.Rows == 0 })
	return err
}

// keep fills in how long events are kept; disk comes before.
func (s *Service) keep(ctx context.Context, out *Health) error {
	days, from, err := s.EventsKept(ctx)
	if err != nil {
		return err
	}
	k := &out.Keep
	k.Days = days
	if k.Old, k.Events, err = s.cfg.Lake.EventsBefore(ctx, from); err != nil || k.Events == 0 {
		return err
	}
	if i := slices.IndexFunc(out.Disk.Tables, func(t Table) bool { return t.Name == "event" }); i >= 0 {
		k.Frees = int64(float64(out.Disk.Tables[i].Bytes) * float64(k.Old) / float64(k.Events))
	}
	return nil
}
