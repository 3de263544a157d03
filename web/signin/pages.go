// Package signin has the pages for who is not signed in: sign-in with its
// second step, the set-up of a new workspace, and a new password by a link.
package signin

import "github.com/minori-hq/minori/web/site"

// Pages answers with the pages of this package.
type Pages struct{ *site.Site }
