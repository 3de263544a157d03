// Package retention has the page of the place Retention: how ARR went from one day to another.
package retention

import "github.com/minori-hq/minori/web/site"

// Pages answers with the pages of this package.
type Pages struct{ *site.Site }
