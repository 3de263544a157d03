package subject

import (
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"github.com/minori-hq/minori/account/profile"
)

// span is a part of a text: plain, a link or a name.
type span struct {
	text string
	url  string // of a link
	name string // of a colleague behind an @
}

// links finds addresses. What they may hold is narrow on purpose: they end
// before quotes, brackets and what stands between Japanese sentences.
var links = regexp.MustCompile("https?://[^\\s<>\"'`|\\\\^{}（）「」『』、。，．]+")

// Rich takes a plain text apart into what is shown as it is, links, and the
// names of colleagues behind @, as people gives them ("" for nobody).
func Rich(text string, people func(ref string) string) []span {
	type mark struct {
		from, to int
		span
	}
	var marks []mark
	for _, at := range links.FindAllStringIndex(text, -1) {
		found := strings.TrimRight(text[at[0]:at[1]], ".,;:!?)]")
		marks = append(marks, mark{at[0], at[0] + len(found), span{text: found, url: found}})
	}
	if people != nil {
		refs, at := profile.Mentioned(text)
		for i, ref := range refs {
			if name := people(ref); name != "" {
				marks = append(marks, mark{at[i][0], at[i][1], span{text: text[at[i][0]:at[i][1]], name: name}})
			}
		}
	}
	var out []span
	done := 0
	for len(marks) > 0 {
		next := 0
		for i := range marks {
			if marks[i].from < marks[next].from {
				next = i
			}
		}
		m := marks[next]
		marks = append(marks[:next], marks[next+1:]...)
		if m.from < done {
			continue
		}
		if m.from > done {
			out = append(out, span{text: text[done:m.from]})
		}
		out = append(out, m.span)
		done = m.to
	}
	if done < len(text) {
		out = append(out, span{text: text[done:]})
	}
	return out
}

// pathOf makes a part of an address.
func pathOf(key string) string { return url.PathEscape(key) }

func itoa[T ~int64](n T) string { return strconv.FormatInt(int64(n), 10) }

// size writes how large a file is.
func size(number func(v float64, decimals int) string, bytes int64) string {
	switch {
	case bytes >= 1<<20:
		return number(float64(bytes)/(1<<20), 1) + " MB"
	case bytes >= 1<<10:
		return number(float64(bytes)/(1<<10), 0) + " kB"
	}
	return number(float64(bytes), 0) + " B"
}
