package web

import "github.com/minori-hq/minori/web/site"

// Patterns gives every address of the interface as it is registered.
func Patterns() []string { return server{&site.Site{}}.routes().patterns }
