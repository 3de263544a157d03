package site

import "github.com/minori-hq/minori/web/ui"

// withUnit writes a number with the reader's word for its unit: 3 logins; 3回.
func withUnit(v ui.View, number, unit string) string {
	if unit == "" {
		return number
	}
	if key := unitKey(unit); key != "" {
		count := []any{"count", number} // one or more
		return v.T("value.unit", "value", number, "unit", v.T(key, count...))
	}
	return v.T("value.unit-as-is", "value", number, "unit", unit)
}

// unitKey gives the message of a common unit of definitions, "" for others.
func unitKey(unit string) string {
	switch unit {
	case "per seat":
		return "unit.per-seat"
	case "per 10 seats":
		return "unit.per-ten-seats"
	case "uses per seat":
		return "unit.uses-per-seat"
	case "runs per seat":
		return "unit.runs-per-seat"
	case "points of 5":
		return "unit.points-of-five"
	case "seats":
		return "unit.seats"
	case "hours", "h":
		return "unit.hours"
	case "min", "minutes":
		return "unit.minutes"
	case "points", "score":
		return "unit.points"
	case "interactions":
		return "unit.interactions"
	case "churns":
		return "unit.churns"
	case "seconds":
		return "unit.seconds"
	}
	return countedKey(unit)
}

// countedKey gives the message of a unit that counts what happened.
func countedKey(unit string) string {
	switch unit {
	case "tickets":
		return "unit.tickets"
	case "views":
		return "unit.views"
	case "uses":
		return "unit.uses"
	case "sessions":
		return "unit.sessions"
	case "errors":
		return "unit.errors"
	case "events":
		return "unit.events"
	case "logins":
		return "unit.logins"
	case "comments":
		return "unit.comments"
	case "exports":
		return "unit.exports"
	case "invites":
		return "unit.invites"
	case "projects":
		return "unit.projects"
	case "reports":
		return "unit.reports"
	case "searches":
		return "unit.searches"
	case "runs":
		return "unit.runs"
	case "syncs":
		return "unit.syncs"
	case "calls":
		return "unit.calls"
	}
	return ""
}
