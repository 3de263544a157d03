package document

import (
	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/dashboard"
	"github.com/minori-hq/minori/resource/yamltree"
)

func (r *reader) dashboard(n *yamltree.Node) {
	d := r.doc.Value.(*dashboard.Dashboard)
	o, title := r.document(n, "name: weekly", "tiles")
	d.Name, d.Title = r.doc.Name, title
	o.need("tiles", "tiles: [{title: ARR, type: figure, report: arr}]")
	for i, item := range o.list("tiles") {
		t, ok := r.object(item, o.item("tiles", i), "a tile",
			"title", "type", "metric", "measure", "score", "segment", "report", "text", "fn", "window", "by", "within", "compare", "size")
		if ok {
			d.Tiles = append(d.Tiles, t.tile())
		}
	}
}

func (o object) tile() dashboard.Tile {
	t := dashboard.Tile{
		Title: o.title("title"), Form: dashboard.Form(o.word("type", true, dashboard.Forms()...)),
		Metric: o.text("metric"), Measure: o.text("measure"), Score: o.text("score"), Segment: o.texts("segment"),
		Text: o.title("text"), By: o.text("by"), Within: o.text("within"),
		Size: dashboard.Size(o.word("size", false, dashboard.Sizes()...)),
	}
	if o.get("report") != nil {
		t.Report = o.word("report", false, dashboard.Reports()...)
	}
	if o.get("fn") != nil {
		t.Fn = o.word("fn", false, dashboard.Functions()...)
	}
	if o.get("compare") != nil {
		t.Compare = o.word("compare", false, "previous") == "previous"
	}
	if w := o.get("window"); w != nil {
		s, ok := o.scalar(w, o.at("window"))
		var err error
		if t.Window, err = minori.ParseWindow(s); ok && err != nil {
			o.fail(w.Pos, o.at("window"), "%s", err)
		}
	}
	return t
}

func encodeDashboard(d *dashboard.Dashboard) *yamltree.Node {
	list := yamltree.List()
	for i := range d.Tiles {
		t := &d.Tiles[i]
		n := yamltree.Map().Set("title", titleNode(t.Title)).Set("type", word(string(t.Form))).
			Set("metric", text(t.Metric)).Set("measure", text(t.Measure)).Set("score", text(t.Score))
		if len(t.Segment) == 1 {
			n.Set("segment", text(t.Segment[0]))
		} else {
			n.Set("segment", texts(t.Segment))
		}
		n.Set("report", word(t.Report)).Set("text", titleNode(t.Text)).Set("fn", word(t.Fn))
		if t.Window.N > 0 {
			n.Set("window", yamltree.Word(t.Window.String()))
		}
		n.Set("by", text(t.By)).Set("within", text(t.Within))
		if t.Compare {
			n.Set("compare", word("previous"))
		}
		if t.Size != dashboard.Medium {
			n.Set("size", word(string(t.Size)))
		}
		list.Items = append(list.Items, n)
	}
	return head(KindDashboard, d.Name, d.Title).Set("tiles", list)
}
