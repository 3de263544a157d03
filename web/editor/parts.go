package editor

import (
	"strconv"
	"strings"

	"github.com/minori-hq/minori/resource"
	"github.com/minori-hq/minori/web/site"
)

// diffLine is one line of a comparison; Sign is "+", "-", "@" or "".
type diffLine struct{ Sign, Text string }

func diffLines(diff string) []diffLine {
	if diff == "" {
		return nil
	}
	var out []diffLine
	for line := range strings.SplitSeq(strings.TrimSuffix(diff, "\n"), "\n") {
		switch {
		case strings.HasPrefix(line, "@@"):
			out = append(out, diffLine{"@", line})
		case line == "":
			out = append(out, diffLine{})
		default:
			out = append(out, diffLine{strings.TrimSpace(line[:1]), line[1:]})
		}
	}
	return out
}

// version reads the version of the text that was opened.
func version(r *site.Request) (int64, error) {
	n, err := strconv.ParseInt(r.PostForm.Get("version"), 10, 64)
	if err != nil || n < 0 {
		return 0, site.Invalid(r.View.T("edit.no-version"))
	}
	return n, nil
}

func decimal(n int64) string { return strconv.FormatInt(n, 10) }

// Name is a name that may stand in an expression.
type Name struct {
	Insert string `json:"insert"` // what is written
	Title  string `json:"title"`
}

// names gives the names that expressions may use, for completion.
func names(w site.Wording) []Name {
	var out []Name
	add := func(insert, title string) { out = append(out, Name{insert, title}) }
	for i := range w.Config.Measures {
		d := &w.Config.Measures[i].Def
		add(`measure("`+d.Name+`")`, w.Titled(d.Title, d.Name))
	}
	for i := range w.Config.Scorecards {
		d := &w.Config.Scorecards[i].Def
		title := w.Titled(d.Title, d.Name)
		add(`score("`+d.Name+`")`, title)
		add(`score_change("`+d.Name+`", "30d")`, title)
		add(`band("`+d.Name+`")`, title)
	}
	for _, f := range []string{"account.arr", "account.age_days", "account.days_to_renewal"} {
		add(f, w.Source(f))
	}
	for i := range w.Config.Fields {
		d := &w.Config.Fields[i].Def
		add(d.Name, w.Titled(d.Title, d.Name))
	}
	for i := range w.Config.Metrics {
		m := &w.Config.Metrics[i]
		add(reading(m), w.Titled(m.Def.Title, m.Def.Name))
	}
	return out
}

// reading writes the commonest way to read a metric.
func reading(m *resource.Metric) string {
	if m.Def.Kind == "gauge" {
		return `last("` + m.Def.Name + `")`
	}
	return `sum("` + m.Def.Name + `", "28d")`
}
