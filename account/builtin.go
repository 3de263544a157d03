package account

import (
	"strings"

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

// slug makes the part of a metric's name from a type of interaction or the
// name of a survey: lower case, blanks as '-'.
func slug(s string) string {
	return strings.Join(strings.Fields(strings.ToLower(s)), "-")
}

func interactionMetric(typ string) string { return "interaction." + slug(typ) }
func surveyMetric(survey string) string   { return "survey." + slug(survey) + ".score" }

// refOf gives a built-in metric as the lake knows it.
func refOf(name string, id int64) metric.Ref {
	m, _ := metric.BuiltIn(name)
	return metric.Ref{ID: id, Name: name, Kind: m.Kind, AbsentZero: m.AbsentZero, By: m.By}
}
