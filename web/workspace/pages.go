// Package workspace has the pages of the place Workspace: settings, and definitions with their history.
package workspace

import "github.com/minori-hq/minori/web/site"

// Pages answers with the pages of this package.
type Pages struct{ *site.Site }
