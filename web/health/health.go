// Package health has the page of how the data do that come in.
package health

import (
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/a-h/templ"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/auth"
	"github.com/minori-hq/minori/ingest"
	data "github.com/minori-hq/minori/ingest/health"
	"github.com/minori-hq/minori/web/site"
	"github.com/minori-hq/minori/web/ui"
)

// URL is the address of the page.
const URL = "/data"

// Pages answers with the pages of this package.
type Pages struct{ *site.Site }

// minutes is how far back the chart of messages goes.
const minutes = 60

// model is the page.
type model struct {
	ui.View
	Title, Sentence string
	Figures         []ui.FigureProps
	Chart           *ui.ChartProps // nil: nothing came in the last hour
	Streams, Files  ui.TableProps
	Rejected        []rejected
	Shapes          ui.TableProps
	MoreShapes      string // says that not all are listed; "" if they are
	Waiting         ui.TableProps
	Stale           ui.TableProps
	Tables          ui.TableProps
	Keep            keepForm
}

// rejected is a reason for which messages were not stored.
type rejected struct {
	Title   string
	Samples []string
}

// keepForm is for how long raw events are kept.
type keepForm struct {
	Facts []ui.Fact
	May   bool // change it
	Days  int
	Error string
}

// Show shows how the data do.
func (s Pages) Show(w http.ResponseWriter, r *site.Request) error {
	return s.show(w, r, http.StatusOK, "", "")
}

// kept says for how long raw events are kept.
func kept(v ui.View, days int) string {
	if days == 0 {
		return v.T("data.for-ever")
	}
	return v.T("data.days", "days", v.Int(int64(days)))
}

// Keep sets for how long raw events are kept.
func (s Pages) Keep(w http.ResponseWriter, r *site.Request) error {
	value := r.PostForm.Get("days")
	days, err := strconv.Atoi(value)
	if err != nil {
		days = 0 // out of bounds
	}
	err = s.Health.KeepEvents(r.Context(), r.Actor, days)
	if minori.CodeOf(err) == minori.Invalid {
		return s.show(w, r, http.StatusBadRequest, value, r.View.T("data.keep-bounds", "least", data.LeastKeep, "most", r.View.Int(data.MostKeep)))
	}
	if err != nil {
		return site.Refused(r, err)
	}
	return s.Redirect(w, r, URL, r.View.T("data.kept", "days", r.View.Int(int64(days))))
}

// show shows the page, with what was wrong with the form.
func (s Pages) show(w http.ResponseWriter, r *site.Request, status int, value, wrong string) error {
	d, err := s.Health.Health(r.Context(), r.Actor)
	if err != nil {
		return site.Refused(r, err)
	}
	m := modelOf(r, &d, s.Clock())
	if wrong != "" {
		m.Keep.Error = wrong
		if n, err := strconv.Atoi(value); err == nil {
			m.Keep.Days = n
		}
	}
	f := site.Frame{Title: m.Title, Place: ui.PlaceData, Charts: m.Chart != nil}
	if status != http.StatusOK {
		return s.Answer(w, r, status, f, page(m))
	}
	return s.Page(w, r, f, page(m))
}

func modelOf(r *site.Request, d *data.Health, now time.Time) model {
	v := r.View
	m := model{View: v, Title: v.T("place.data"), Streams: streamTable(v, d), Files: fileTable(v, d), Shapes: shapeTable(v, d),
		Waiting: waitingTable(v, d), Stale: staleTable(r, d), Tables: diskTable(v, d)}
	counts := perMinute(d, now)
	m.Chart = chart(v, counts, now)
	m.Sentence = sentence(v, d)
	m.Figures = []ui.FigureProps{
		{Label: v.T("data.last-hour"), Value: v.Int(int64(counts.sum()))},
		{Label: v.T("data.inbox"), Value: v.Int(d.Inbox)},
		{Label: v.T("data.waiting"), Value: v.Int(d.Waiting), URL: "#waiting"},
		{Label: v.T("data.stale"), Value: v.Int(int64(len(d.Stale))), URL: "#stale"},
		{Label: v.T("data.disk"), Value: bytesOf(v, d.Disk.Lake+d.Disk.Records), Note: v.T("data.free", "size", bytesOf(v, d.Disk.Free)), URL: "#disk"},
	}
	for i := range d.Streams {
		m.Rejected = append(m.Rejected, rejectedOf(v, &d.Streams[i])...)
	}
	if d.New > len(d.Shapes) {
		m.MoreShapes = v.T("data.more-shapes", "shown", v.Int(int64(len(d.Shapes))), "all", v.Int(int64(d.New)))
	}
	m.Keep = keepForm{May: r.Actor.Role == minori.RoleAdmin, Days: d.Keep.Days, Facts: []ui.Fact{
		{Label: v.T("data.kept-for"), Value: ui.Words(kept(v, d.Keep.Days))},
		{Label: v.T("data.raw-events"), Value: site.Count(v, d.Keep.Events)},
		{Label: v.T("data.older"), Value: site.Count(v, d.Keep.Old), Note: v.T("data.would-free", "size", bytesOf(v, d.Keep.Frees))},
	}}
	return m
}

// sentence says first what is wrong.
func sentence(v ui.View, d *data.Health) string {
	switch {
	case len(d.Stale) > 0:
		return v.T("data.says-stale", "count", v.Int(int64(len(d.Stale))))
	case d.Waiting > 0:
		return v.T("data.says-waiting", "count", v.Int(d.Waiting))
	}
	return v.T("data.says-well")
}

// flow is messages by minute, the oldest first.
type flow struct{ accepted, rejected [minutes]float64 }

func (f *flow) sum() (n float64) {
	for _, x := range f.accepted {
		n += x
	}
	return n
}

// perMinute adds up the messages of all sources in the last hour.
func perMinute(d *data.Health, now time.Time) (f flow) {
	for i := range d.Streams {
		for _, m := range d.Streams[i].Stats.Minutes {
			at := minutes - 1 - int(now.Truncate(time.Minute).Sub(minori.FromMicros(m.Start))/time.Minute)
			if at >= 0 && at < minutes {
				f.accepted[at] += float64(m.Accepted)
				f.rejected[at] += float64(m.Rejected + m.Refused)
			}
		}
	}
	return f
}

// chart draws the last hour, if there was anything in it.
func chart(v ui.View, f flow, now time.Time) *ui.ChartProps {
	bad, most := 0.0, 0.0
	for i := range f.accepted {
		bad, most = bad+f.rejected[i], max(most, f.accepted[i])
	}
	if f.sum()+bad == 0 {
		return nil
	}
	p := &ui.ChartProps{ID: "messages", Kind: ui.ChartBar, Size: ui.ChartSmall, Title: v.T("data.per-minute"),
		Sentence: v.T("data.per-minute-says", "sum", v.Int(int64(f.sum())), "most", v.Int(int64(most)), "rejected", v.Int(int64(bad))),
		Series:   []ui.Series{{Name: v.T("data.accepted"), Values: f.accepted[:], Stack: "all"}, {Name: v.T("data.rejected"), Values: f.rejected[:], Stack: "all", Band: ui.Red}},
		Format:   ui.ValueFormat{Style: ui.StyleNumber}}
	for i := range minutes {
		p.X = append(p.X, v.Clock(now.Truncate(time.Minute).Add(time.Duration(i-minutes+1)*time.Minute)))
	}
	return p
}

// seen writes an instant, and that it never was.
func seen(v ui.View, micros int64) templ.Component {
	if micros == 0 {
		return ui.NoValue(v, v.T("data.never"))
	}
	return ui.Words(v.DateTime(minori.FromMicros(micros)))
}

func streamTable(v ui.View, d *data.Health) ui.TableProps {
	t := ui.TableProps{Caption: v.T("data.streams"), Columns: []ui.Column{
		{Label: v.T("data.source"), Primary: true}, {Label: v.T("data.keys")}, {Label: v.T("data.per-minute")}, {Label: v.T("data.accepted"), Numeric: true, Tight: true},
		{Label: v.T("data.repeated"), Numeric: true, Tight: true}, {Label: v.T("data.rejected"), Numeric: true, Tight: true}, {Label: v.T("data.last-seen"), Tight: true},
	}, Empty: &ui.EmptyProps{Icon: ui.IconData, Title: v.T("data.no-streams"), Text: v.T("data.no-streams-todo")}}
	for i := range d.Streams {
		s := &d.Streams[i]
		var accepted, repeated, bad int64
		var values []float64
		for _, m := range s.Stats.Minutes {
			accepted, repeated, bad = accepted+m.Accepted, repeated+m.Repeated, bad+m.Rejected+m.Refused
			values = append(values, float64(m.Accepted))
		}
		var line templ.Component = ui.NoValue(v, v.T("data.quiet"))
		if len(values) > 1 {
			line = ui.Sparkline(ui.SparklineProps{Values: values, Label: v.T("data.per-minute")})
		}
		t.Rows = append(t.Rows, ui.Row{Cells: []templ.Component{ui.Words(s.Name), keysCell(v, s.Keys), line, site.Count(v, accepted),
			site.Count(v, repeated), site.Count(v, bad), seen(v, s.Last)}})
	}
	return t
}

// scopeWord names a scope of a write key.
func scopeWord(v ui.View, s auth.KeyScope) string {
	switch s {
	case auth.ScopeTrack:
		return v.T("data.scope-track")
	case auth.ScopeIdentify:
		return v.T("data.scope-identify")
	case auth.ScopeImport:
		return v.T("data.scope-import")
	case auth.ScopeBrowser:
		return v.T("data.scope-browser")
	}
	return string(s)
}

// keyLine says what a key is good for and when it was used.
func keyLine(v ui.View, k *auth.WriteKey) string {
	words := make([]string, len(k.Scopes))
	for i, s := range k.Scopes {
		words[i] = scopeWord(v, s)
	}
	used := v.T("data.key-unused")
	if k.Used != 0 {
		used = v.T("data.key-used", "at", v.DateTime(minori.FromMicros(k.Used)))
	}
	return v.List(words...) + " · " + used
}

func fileTable(v ui.View, d *data.Health) ui.TableProps {
	t := ui.TableProps{Caption: v.T("data.files"), Columns: []ui.Column{
		{Label: v.T("data.source"), Primary: true}, {Label: v.T("data.into"), Tight: true}, {Label: v.T("data.read"), Numeric: true, Tight: true},
		{Label: v.T("data.stored"), Numeric: true, Tight: true}, {Label: v.T("data.rejected"), Numeric: true, Tight: true}, {Label: v.T("data.last-import"), Tight: true},
	}, Empty: &ui.EmptyProps{Icon: ui.IconData, Title: v.T("data.no-files"), Text: v.T("data.no-files-todo")}}
	for _, f := range d.Files {
		cells := []templ.Component{ui.Words(f.Name), site.CodeCell(f.Into), site.Count(v, f.Read), site.Count(v, f.Stored), site.Count(v, f.Refused), seen(v, f.Last)}
		if f.Running {
			cells[5] = ui.Status(v.T("data.running"), ui.Neutral)
		}
		t.Rows = append(t.Rows, ui.Row{Cells: cells})
	}
	return t
}

func rejectedOf(v ui.View, s *data.StreamSource) []rejected {
	var out []rejected
	for _, x := range s.Stats.Rejections {
		field := x.Field
		if field == "" {
			field = v.T("data.whole-message")
		}
		out = append(out, rejected{Samples: x.Samples, Title: v.T("data.rejection", "source", s.Name, "field", field, "reason", reasonWord(v, x.Reason),
			"count", v.Int(x.Count), "last", v.DateTime(minori.FromMicros(x.Last)))})
	}
	return out
}

func shapeTable(v ui.View, d *data.Health) ui.TableProps {
	t := ui.TableProps{Caption: v.T("data.drift"), Columns: []ui.Column{
		{Label: v.T("data.event"), Primary: true}, {Label: v.T("data.property")}, {Label: v.T("data.type"), Tight: true}, {Label: v.T("data.source")}, {Label: v.T("data.first-seen"), Tight: true},
	}, Empty: &ui.EmptyProps{Icon: ui.IconGood, Title: v.T("data.no-drift"), Text: v.T("data.no-drift-text")}}
	for _, x := range d.Shapes {
		property, kind := site.CodeCell(x.Property), ui.Words(typeWord(v, x.Type))
		if x.Property == "" {
			property, kind = ui.Status(v.T("data.new-event"), ui.Neutral), ui.NoValue(v, v.T("data.new-event"))
		}
		t.Rows = append(t.Rows, ui.Row{Cells: []templ.Component{site.CodeCell(x.Event), property, kind, ui.Words(d.Names[x.Source]), seen(v, x.First)}})
	}
	return t
}

// typeWord names a type of JSON.
func typeWord(v ui.View, kind string) string {
	switch kind {
	case "string":
		return v.T("data.type-string")
	case "number":
		return v.T("data.type-number")
	case "boolean":
		return v.T("data.type-boolean")
	case "object":
		return v.T("data.type-object")
	case "array":
		return v.T("data.type-array")
	}
	return v.T("data.type-null")
}

func waitingTable(v ui.View, d *data.Health) ui.TableProps {
	t := ui.TableProps{Caption: v.T("data.waiting"), Columns: []ui.Column{
		{Label: v.T("data.account-key"), Primary: true}, {Label: v.T("data.events"), Numeric: true, Tight: true}, {Label: v.T("data.first-seen"), Tight: true}, {Label: v.T("data.last-seen"), Tight: true},
	}, Empty: &ui.EmptyProps{Icon: ui.IconGood, Title: v.T("data.none-waiting"), Text: v.T("data.none-waiting-text")}}
	for _, x := range d.WaitingFor {
		key := ui.NoValue(v, v.T("data.no-account"))
		if x.Account != "" {
			key = site.CodeCell(x.Account)
		}
		t.Rows = append(t.Rows, ui.Row{Cells: []templ.Component{key, site.Count(v, x.Events), seen(v, x.First), seen(v, x.Last)}})
	}
	return t
}

func staleTable(r *site.Request, d *data.Health) ui.TableProps {
	v := r.View
	t := ui.TableProps{Caption: v.T("data.stale"), Columns: []ui.Column{
		{Label: v.T("data.metric"), Primary: true}, {Label: v.T("data.latest"), Tight: true}, {Label: v.T("data.expected"), Tight: true}, {Label: v.T("data.measures")}, {Label: v.T("data.depends")},
	}, Empty: &ui.EmptyProps{Icon: ui.IconGood, Title: v.T("data.none-stale"), Text: v.T("data.none-stale-text")}}
	words := r.Words()
	for _, x := range d.Stale {
		var links []ui.Link
		for _, n := range x.Uses.Scorecards {
			links = append(links, ui.Link{Label: words.Scorecard(n), URL: "/scorecards/" + url.PathEscape(n)})
		}
		for _, n := range x.Uses.Rules {
			links = append(links, ui.Link{Label: words.Rule(n), URL: "/rules/" + url.PathEscape(n)})
		}
		for _, n := range x.Uses.Segments {
			links = append(links, ui.Link{Label: n, URL: "/segments/" + url.PathEscape(n)})
		}
		measures := make([]string, len(x.Uses.Measures))
		for i, n := range x.Uses.Measures {
			measures[i] = words.Measure(n)
		}
		t.Rows = append(t.Rows, ui.Row{Cells: []templ.Component{site.CodeCell(x.Name), ui.Words(v.Date(x.Latest)), ui.Words(v.T("data.every", "window", x.Fresh.String())),
			listCell(v, measures), linksCell(v, links)}})
	}
	return t
}

func diskTable(v ui.View, d *data.Health) ui.TableProps {
	t := ui.TableProps{Caption: v.T("data.disk"), Columns: []ui.Column{
		{Label: v.T("data.table"), Primary: true}, {Label: v.T("data.rows"), Numeric: true, Tight: true}, {Label: v.T("data.size"), Numeric: true, Tight: true},
	}}
	for _, x := range d.Disk.Tables {
		t.Rows = append(t.Rows, ui.Row{Cells: []templ.Component{site.CodeCell(x.Name), site.Count(v, x.Rows), ui.Words(bytesOf(v, x.Bytes))}})
	}
	t.Totals = []templ.Component{ui.Words(v.T("data.lake-file")), nil, ui.Words(bytesOf(v, d.Disk.Lake))}
	return t
}

// bytesOf writes a size.
func bytesOf(v ui.View, n int64) string {
	switch {
	case n >= 1e9:
		return v.Number(float64(n)/1e9, 1) + " GB"
	case n >= 1e6:
		return v.Number(float64(n)/1e6, 1) + " MB"
	}
	return v.Number(float64(n)/1e3, 0) + " KB"
}

// reasonWord says why a message was not stored.
func reasonWord(v ui.View, reason ingest.Reason) string {
	switch reason {
	case ingest.ReasonMissing:
		return v.T("data.why-missing")
	case ingest.ReasonType:
		return v.T("data.why-type")
	case ingest.ReasonKind:
		return v.T("data.why-kind")
	case ingest.ReasonLong:
		return v.T("data.why-long")
	case ingest.ReasonLarge:
		return v.T("data.why-large")
	case ingest.ReasonDeep:
		return v.T("data.why-deep")
	case ingest.ReasonNull:
		return v.T("data.why-null")
	case ingest.ReasonNotUTF8:
		return v.T("data.why-utf8")
	case ingest.ReasonTwice:
		return v.T("data.why-twice")
	case ingest.ReasonTime:
		return v.T("data.why-time")
	case ingest.ReasonPast:
		return v.T("data.why-past")
	case ingest.ReasonFuture:
		return v.T("data.why-future")
	case ingest.ReasonScope:
		return v.T("data.why-scope")
	case ingest.ReasonGroupType:
		return v.T("data.why-group-type")
	case ingest.ReasonField:
		return v.T("data.why-field")
	case ingest.ReasonMany:
		return v.T("data.why-many")
	}
	return string(reason)
}

// daysValue is what the field of days holds: nothing while events are kept for ever.
func daysValue(days int) string {
	if days == 0 {
		return ""
	}
	return strconv.Itoa(days)
}
