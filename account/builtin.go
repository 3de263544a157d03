package account

import (
	"strings"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/metric"
)

// Names of the metrics that records write.
const (
	MetricTicketOpened     = "ticket.opened"
	MetricTicketClosed     = "ticket.closed"
	MetricTicketOpen       = "ticket.open"
	MetricTicketResolution = "ticket.resolution_hours"
	MetricTicketResponse   = "ticket.first_response_minutes"
	MetricTicketCSAT       = "ticket.csat"
	MetricChurn            = "churn.happened"
)

// BuiltIns gives the built-in metrics whose names are fixed; those of
// interactions and surveys come into being with the first of their type.
func BuiltIns() []metric.Metric {
	priority := []string{"priority"}
	return []metric.Metric{
		{Name: MetricTicketOpened, Title: minori.Text{minori.EN: "Tickets opened", minori.JA: "起票数"}, Kind: metric.Counter, Unit: "tickets", By: priority, BuiltIn: true},
		{Name: MetricTicketClosed, Title: minori.Text{minori.EN: "Tickets closed", minori.JA: "解決数"}, Kind: metric.Counter, Unit: "tickets", By: priority, BuiltIn: true},
		{Name: MetricTicketOpen, Title: minori.Text{minori.EN: "Open tickets", minori.JA: "未解決数"}, Kind: metric.Gauge, Unit: "tickets", By: priority, BuiltIn: true},
		{Name: MetricTicketResolution, Title: minori.Text{minori.EN: "Time to resolution", minori.JA: "解決時間"}, Kind: metric.Counter, Unit: "h", By: priority, BuiltIn: true},
		{Name: MetricTicketResponse, Title: minori.Text{minori.EN: "Time to first response", minori.JA: "初回応答時間"}, Kind: metric.Counter, Unit: "min", By: priority, BuiltIn: true},
		{Name: MetricTicketCSAT, Title: minori.Text{minori.EN: "Ticket satisfaction", minori.JA: "チケット満足度"}, Kind: metric.Counter, Unit: "score", By: priority, BuiltIn: true},
		{Name: MetricChurn, Title: minori.Text{minori.EN: "Churn", minori.JA: "解約"}, Kind: metric.Counter, Unit: "events", By: []string{"reason"}, BuiltIn: true},
	}
}

// BuiltIn gives the built-in metric of a name, also for names of interactions
// and surveys that have not come into being yet.
func BuiltIn(name string) (metric.Metric, bool) {
	for _, m := range BuiltIns() {
		if m.Name == name {
			return m, true
		}
	}
	if t, ok := strings.CutPrefix(name, "interaction."); ok && minori.ValidName(t) {
		return metric.Metric{Name: name, Title: minori.Plain(t), Kind: metric.Counter, Unit: "interactions", BuiltIn: true}, true
	}
	if t, ok := strings.CutPrefix(name, "survey."); ok {
		if t, ok = strings.CutSuffix(t, ".score"); ok && minori.ValidName(t) {
			return metric.Metric{Name: name, Title: minori.Plain(t), Kind: metric.Gauge, Unit: "score", BuiltIn: true}, true
		}
	}
	return metric.Metric{}, false
}

// slug makes the part of a metric's name from a type of interaction or the
// name of a survey: lower case, blanks as '-'.
func slug(s string) string {
	return strings.Join(strings.Fields(strings.ToLower(s)), "-")
}

func interactionMetric(typ string) string { return "interaction." + slug(typ) }
func surveyMetric(survey string) string   { return "survey." + slug(survey) + ".score" }

// refOf gives a built-in metric as the lake knows it.
func refOf(name string, id int64) metric.Ref {
	m, _ := BuiltIn(name)
	return metric.Ref{ID: id, Name: name, Kind: m.Kind, AbsentZero: m.AbsentZero, By: m.By}
}
