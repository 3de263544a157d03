// Package scorecards has the pages of the place Scorecards: a scorecard, and the score of one account.
package scorecards

import "github.com/minori-hq/minori/web/site"

// Pages answers with the pages of this package.
type Pages struct{ *site.Site }
