// Package accountlist has the list of accounts: its columns, conditions and
// saved views, changes of several accounts at once, and files made of it.
package accountlist

import "github.com/minori-hq/minori/web/site"

// Pages answers with the pages of this package.
type Pages struct{ *site.Site }
