// Package text holds the messages of the product in English and Japanese and
// writes numbers, amounts, dates and counts the way each language does.
//
// Messages live in en.json and ja.json under flat keys such as
// "accounts.title". A message may name places in braces ("{name}"), and an
// English one may have two forms, "one" and "other", chosen by the argument
// named count. A test holds both files, and the keys used in source, together.
package text

import (
	"embed"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/minori-hq/minori"
)

//go:embed en.json ja.json
var files embed.FS

// message is one text; one is empty unless the language has two forms.
type message struct {
	one   string
	other string
}

// UnmarshalJSON reads a plain string, or an object with one and other.
func (m *message) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] == '"' {
		return json.Unmarshal(b, &m.other)
	}
	var forms struct{ One, Other string }
	if err := json.Unmarshal(b, &forms); err != nil {
		return err
	}
	m.one, m.other = forms.One, forms.Other
	return nil
}

// Catalog is all messages in all languages. It does not change once loaded and
// may be used from many goroutines.
type Catalog struct {
	messages map[minori.Lang]map[string]message
}

// Load reads the messages that are part of the program.
func Load() (*Catalog, error) {
	c := &Catalog{messages: make(map[minori.Lang]map[string]message)}
	for _, lang := range []minori.Lang{minori.EN, minori.JA} {
		b, err := files.ReadFile(string(lang) + ".json")
		if err != nil {
			return nil, fmt.Errorf("read messages: %w", err)
		}
		m := make(map[string]message)
		if err := json.Unmarshal(b, &m); err != nil {
			return nil, fmt.Errorf("read messages %s.json: %w", lang, err)
		}
		c.messages[lang] = m
	}
	return c, nil
}

// T gives the message under key in lang, with its places filled from args,
// which are pairs of a name and a value: T(lang, "cta.due", "count", 3).
// Whole numbers are grouped, minori.Text is read in lang, anything else is
// written as fmt does. A language without the key falls back to English, and
// an unknown key is given back as it is, so that a gap is seen and not hidden.
func (c *Catalog) T(lang minori.Lang, key string, args ...any) string {
	m, ok := c.messages[lang][key]
	if !ok {
		m, ok = c.messages[minori.EN][key]
	}
	if !ok {
		return key
	}
	s := m.other
	if m.one != "" && isOne(args) {
		s = m.one
	}
	if len(args) < 2 || !strings.Contains(s, "{") {
		return s
	}
	pairs := make([]string, 0, len(args))
	for i := 0; i+1 < len(args); i += 2 {
		pairs = append(pairs, fmt.Sprintf("{%v}", args[i]), write(lang, args[i+1]))
	}
	return strings.NewReplacer(pairs...).Replace(s)
}

// Has reports whether key exists in lang.
func (c *Catalog) Has(lang minori.Lang, key string) bool {
	_, ok := c.messages[lang][key]
	return ok
}

// isOne reports whether the argument named count is exactly one.
func isOne(args []any) bool {
	for i := 0; i+1 < len(args); i += 2 {
		if args[i] == "count" {
			return fmt.Sprint(args[i+1]) == "1"
		}
	}
	return false
}

// write gives an argument as text.
func write(lang minori.Lang, v any) string {
	switch v := v.(type) {
	case string:
		return v
	case int:
		return group(strconv.Itoa(v))
	case int64:
		return group(strconv.FormatInt(v, 10))
	case minori.Text:
		return v.In(lang)
	}
	return fmt.Sprint(v)
}
