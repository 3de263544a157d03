package sqldb

import (
	"strconv"
	"strings"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/account"
)

// Within is the condition that the subject in a column is one that a scope
// holds. Ids are written out: they are numbers, and there may be many.
func Within(scope account.Scope, column string) string {
	if scope.All && scope.Anyone {
		return "1 = 1"
	}
	accounts := column + " IN (SELECT id FROM account WHERE csm_person IN (" + idList(scope.CSMs) + "))"
	if scope.All {
		accounts = column + " IN (SELECT id FROM account)"
	}
	return "(" + accounts + " OR " + column + " IN (" + idList(scope.People) + "))"
}

// idList writes ids with commas between; -1, which nothing has, for none (0 is
// the CSM of an account without one).
func idList(ids []minori.ID) string {
	if len(ids) == 0 {
		return "-1"
	}
	out := make([]string, len(ids))
	for i, id := range ids {
		out[i] = strconv.FormatInt(int64(id), 10)
	}
	return strings.Join(out, ", ")
}
