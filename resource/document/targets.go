package document

import (
	"cmp"
	"slices"
	"strings"

	"github.com/minori-hq/minori/importer"
)

// targetOrder gives the order in which exports write the target fields of a
// source; others follow by name.
func targetOrder() []string {
	return []string{
		"metric", "survey", "id", "name", "account", "subscription", "person", "contact", "email", "manager", "parent",
		"industry", "country", "csm", "tier", "role", "team", "product", "plan", "start", "end", "arr", "mrr", "day", "currency", "seats", "trial", "one_off",
		"signed_up", "hired", "left", "leave_reason", "actor", "opened", "closed", "date", "time", "type", "priority", "status",
		"first_response_minutes", "csat", "value", "score", "reason", "title", "text", "comment", "valid_from",
	}
}

// sortMappings brings mappings into the canonical order.
func sortMappings(list []importer.Mapping) {
	order := targetOrder()
	rank := func(m importer.Mapping) int {
		i := slices.Index(order, m.Target)
		switch {
		case strings.Contains(m.Target, "."):
			return len(order) + 1
		case i < 0:
			return len(order)
		}
		return i
	}
	slices.SortFunc(list, func(a, b importer.Mapping) int {
		return cmp.Or(rank(a)-rank(b), strings.Compare(a.Target, b.Target))
	})
}
