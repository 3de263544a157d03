package account

import (
	"context"
	"maps"
	"strings"

	minori "github.com/minori-hq/minori"
)

// Hidden is the fields, by full name, that an actor may not read; nil for none.
type Hidden map[string]bool

// Hidden gives the fields of accounts and persons the actor may not read.
func (s *Service) Hidden(ctx context.Context, actor minori.Actor) (Hidden, error) {
	if s.cfg.Fields == nil || actor.Role == minori.RoleAdmin {
		return nil, nil
	}
	fields, err := s.cfg.Fields(ctx)
	if err != nil {
		return nil, err
	}
	var out Hidden
	for i := range fields {
		if !fields[i].Readable(actor.Role) {
			if out == nil {
				out = Hidden{}
			}
			out[fields[i].Name] = true
		}
	}
	return out, nil
}

// Mentions reports whether a text, such as an expression, names one of the fields.
func (h Hidden) Mentions(text string) bool {
	for name := range h {
		for rest := text; ; {
			_, after, found := strings.Cut(rest, name)
			if !found {
				break
			}
			if after == "" || !strings.ContainsRune("_.", rune(after[0])) && !isWord(after[0]) {
				return true
			}
			rest = after
		}
	}
	return false
}

func isWord(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// strip takes the fields out of a subject's custom ones, which are named
// without prefix.
func (h Hidden) strip(kind minori.SubjectKind, fields map[string]Value) {
	if len(h) > 0 {
		maps.DeleteFunc(fields, func(name string, _ Value) bool { return h[string(kind)+"."+name] })
	}
}
