// Package accounts has the pages of the place Accounts: the list and the page about one account.
package accounts

import "github.com/minori-hq/minori/web/site"

// Pages answers with the pages of this package.
type Pages struct{ *site.Site }
