// Package rules has the pages of the place Rules: a rule, and what it would have done.
package rules

import "github.com/minori-hq/minori/web/site"

// Pages answers with the pages of this package.
type Pages struct{ *site.Site }
