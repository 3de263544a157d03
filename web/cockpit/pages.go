// Package cockpit has the pages of the place Cockpit: calls to action, and working one.
package cockpit

import "github.com/minori-hq/minori/web/site"

// Pages answers with the pages of this package.
type Pages struct{ *site.Site }
