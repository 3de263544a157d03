package scorecard

import (
	"encoding/json"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/metric"
)

// Report is one score in the JSON shape "scores" of the formats.
type Report struct {
	Subject       string               `json:"subject"` // the source's id
	Score         *float64             `json:"score"`
	Band          *Band                `json:"band"`
	Coverage      float64              `json:"coverage"`
	Computed      *float64             `json:"computed"`
	Override      *float64             `json:"override"`
	Contributions []ReportContribution `json:"contributions"`
	Cap           *ReportCap           `json:"cap"`
	Reason        string               `json:"reason,omitempty"` // why the computed score is unknown
}

// ReportContribution is a contribution in a Report.
type ReportContribution struct {
	Group        string   `json:"group"`
	Measure      string   `json:"measure"`
	Value        JSON     `json:"value"`
	Score        *float64 `json:"score"`
	Weight       float64  `json:"weight"` // effective share, 0–1
	Contribution float64  `json:"contribution"`
}

// ReportCap is the cap in a Report.
type ReportCap struct {
	At      float64 `json:"at"`
	Because string  `json:"because"`
	Part    float64 `json:"part"`
}

// ReportPart is one part in the JSON shape "explain" of the formats. Group and
// Measure are null for the parts of cap and override, whose From and To are
// the cap's bound and the override.
type ReportPart struct {
	Group   *string `json:"group"`
	Measure *string `json:"measure"`
	From    JSON    `json:"from"`
	To      JSON    `json:"to"`
	Delta   float64 `json:"delta"`
	Why     Why     `json:"why"`
}

// ReportChange is the JSON shape "explain" of the formats.
type ReportChange struct {
	Subject string       `json:"subject"`
	AsOf    string       `json:"as_of"`
	Score   *float64     `json:"score"`
	Since   *ReportSince `json:"since"`
	Parts   []ReportPart `json:"parts"`
	Text    string       `json:"text"`
}

// ReportSince is the earlier end in a ReportChange.
type ReportSince struct {
	AsOf  string   `json:"as_of"`
	Score *float64 `json:"score"`
}

// JSON is a value as JSON writes it: a number, a boolean, a text, or null when
// it is unknown.
type JSON metric.Value

// MarshalJSON implements json.Marshaler.
func (v JSON) MarshalJSON() ([]byte, error) {
	switch {
	case v.Reason != metric.Known:
		return []byte("null"), nil
	case v.Type == metric.Bool:
		return json.Marshal(v.Num != 0)
	case v.Type == metric.Text:
		return json.Marshal(v.Text)
	}
	return json.Marshal(v.Num)
}

// Report gives the explanation in the shape "scores", texts in lang.
func (x Explanation) Report(subject string, lang minori.Lang) Report {
	r := Report{
		Subject: subject, Score: x.Score, Coverage: x.Coverage, Computed: x.Computed, Override: x.Override,
		Contributions: make([]ReportContribution, len(x.Contributions)), Reason: x.Reason.String(),
	}
	if x.Band != NoBand {
		r.Band = &x.Band
	}
	if x.Cap != nil {
		r.Cap = &ReportCap{At: x.Cap.At, Because: x.Cap.Because.In(lang), Part: x.Cap.Part}
	}
	for i, c := range x.Contributions {
		r.Contributions[i] = ReportContribution{
			Group: c.Group, Measure: c.Measure, Value: JSON(c.Value),
			Score: c.Score, Weight: c.Weight, Contribution: c.Contribution,
		}
	}
	return r
}

// Report gives the change in the shape "explain"; text is the sentence for
// people, made by the caller.
func (c Change) Report(subject, asOf, since, text string) ReportChange {
	return ReportChange{
		Subject: subject, AsOf: asOf, Score: c.To,
		Since: &ReportSince{AsOf: since, Score: c.From}, Parts: ReportParts(c.Parts), Text: text,
	}
}

// ReportParts gives parts in the shape "explain".
func ReportParts(parts []Part) []ReportPart {
	out := make([]ReportPart, len(parts))
	for i, p := range parts {
		out[i] = ReportPart{From: JSON(p.From), To: JSON(p.To), Delta: p.Delta, Why: p.Why}
		if p.Measure != "" {
			group, measure := p.Group, p.Measure
			out[i].Group, out[i].Measure = &group, &measure
		}
	}
	return out
}
