package resource

import (
	"fmt"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/account"
	"github.com/minori-hq/minori/dashboard"
	"github.com/minori-hq/minori/resource/document"
)

// Dashboard is a dashboard.
type Dashboard struct {
	ID  int64
	Def dashboard.Dashboard
}

// Dashboard gives a dashboard by name.
func (c *Config) Dashboard(name string) (*Dashboard, bool) {
	return find(c.Dashboards, func(x *Dashboard) bool { return x.Def.Name == name })
}

func (c *compiler) dashboards() {
	for d, v := range document.Of[dashboard.Dashboard](c.set) {
		c.cfg.Dashboards = append(c.cfg.Dashboards, Dashboard{ID: c.ids[document.KindDashboard][v.Name], Def: *v})
		if len(d.Problems()) > 0 {
			continue
		}
		for i := range v.Tiles {
			c.tile(d, fmt.Sprintf("tiles[%d]", i), &v.Tiles[i])
		}
	}
}

// tile checks that what a tile shows exists and is about accounts.
func (c *compiler) tile(d *document.Document, at string, t *dashboard.Tile) {
	if t.Metric != "" {
		if _, ok := c.cfg.Metric(t.Metric); !ok {
			c.fail(d.Errorf(at+".metric", "there is no metric %q%s", document.Clip(t.Metric), document.Suggest(t.Metric, c.metricNames())))
		}
	}
	c.uses(d, at+".measure", document.KindMeasure, t.Measure, minori.Account)
	c.usesScorecard(d, at+".score", t.Score)
	for i, s := range t.Segment {
		path := fmt.Sprintf("%s.segment[%d]", at, i)
		c.usesSegment(d, path, s)
	}
	c.usesSegment(d, at+".within", t.Within)
	if t.By != "" {
		c.usesGroups(d, at+".by", t.By)
	}
}

func (c *compiler) metricNames() []string {
	out := make([]string, len(c.cfg.Metrics))
	for i := range c.cfg.Metrics {
		out[i] = c.cfg.Metrics[i].Def.Name
	}
	return out
}

func (c *compiler) usesScorecard(d *document.Document, path, name string) {
	if name == "" {
		return
	}
	if s, ok := c.cfg.Scorecard(name); !ok || s.Def.Subject != minori.Account {
		c.fail(d.Errorf(path, "there is no scorecard of accounts %q%s", document.Clip(name), document.Suggest(name, c.scorecardNames(minori.Account))))
	}
}

// segmentNames gives the names of the segments of accounts.
func (c *compiler) segmentNames() []string {
	var out []string
	for i := range c.cfg.Segments {
		if c.cfg.Segments[i].Def.Subject == minori.Account {
			out = append(out, c.cfg.Segments[i].Def.Name)
		}
	}
	return out
}

func (c *compiler) usesSegment(d *document.Document, path, name string) {
	if name == "" {
		return
	}
	if s, ok := c.cfg.Segment(name); !ok || s.Def.Subject != minori.Account {
		c.fail(d.Errorf(path, "there is no segment of accounts %q%s", document.Clip(name), document.Suggest(name, c.segmentNames())))
	}
}

// usesGroups checks that accounts can be cut by a field or segment.
func (c *compiler) usesGroups(d *document.Document, path, name string) {
	if s, ok := c.cfg.Segment(name); ok && s.Def.Subject == minori.Account {
		return
	}
	names := c.segmentNames()
	for i := range c.cfg.Fields {
		f := &c.cfg.Fields[i].Def
		if fieldKind(f.Name) != minori.Account {
			continue
		}
		groups := f.Type == account.FieldText || f.Type == account.FieldChoice || f.Type == account.FieldBool
		if groups {
			names = append(names, f.Name)
		}
		if f.Name == name {
			if !groups {
				c.fail(d.Errorf(path, "%s is a number or day and cuts accounts into no groups: name a field of texts, or a segment", name))
			}
			return
		}
	}
	c.fail(d.Errorf(path, "there is no field or segment %q%s", document.Clip(name), document.Suggest(name, names)))
}
