// Package home has the page a reader begins the day with.
package home

import "github.com/minori-hq/minori/web/site"

// Pages answers with the pages of this package.
type Pages struct{ *site.Site }
