// Package risk has the page of hidden risk: accounts that are green by score
// while other signs say something else.
package risk

import "github.com/minori-hq/minori/web/site"

// Pages answers with the pages of this package.
type Pages struct{ *site.Site }
