// Package accounts has the page about one account; the list of accounts is package accountlist.
package accounts

import "github.com/minori-hq/minori/web/site"

// Pages answers with the pages of this package.
type Pages struct{ *site.Site }
