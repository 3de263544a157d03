package text

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// maxTerms is how many words of a search count.
const maxTerms = 8

// Fold brings a text into the form in which it is searched: what people spell
// now this way, now that becomes one. Width, compatibility forms and case do
// not count (NFKC, lower case); katakana reads as hiragana; long marks, and
// the dashes written for them after kana, are left out, so that サーバー finds
// サーバ and マネージャー finds マネジャー; オンボーディング reads as オンボード; legal
// forms of companies are left out; blanks count only between Latin words. A
// line of the text stays a line.
//
// Both what is stored and what is looked for go through it: use it for nothing
// that people read.
func Fold(s string) string {
	latin := isASCII(s)
	if !latin {
		s = norm.NFKC.String(s)
	}
	lines := strings.Split(strings.ToLower(s), "\n")
	for i, line := range lines {
		if latin {
			lines[i] = strings.Join(strings.FieldsFunc(line, blank), " ")
		} else {
			lines[i] = foldLine(line)
		}
	}
	return strings.Join(lines, "\n")
}

// Terms gives the folded words of a search: what is looked for holds all of
// them. A word of nothing but a legal form is left out.
func Terms(s string) []string {
	var out []string
	for _, word := range strings.Fields(norm.NFKC.String(s)) {
		if t := Fold(word); t != "" && len(out) < maxTerms {
			out = append(out, t)
		}
	}
	return out
}

// companyForms gives the legal forms that names are written with or without,
// after NFKC: ㈱ is (株) then, ㍿ is 株式会社.
func companyForms() []string {
	return []string{"株式会社", "有限会社", "合同会社", "(株)", "(有)", "(同)"}
}

// foldLine folds one line of a text in NFKC and lower case.
func foldLine(s string) string {
	for _, form := range companyForms() {
		s = strings.ReplaceAll(s, form, " ")
	}
	out := make([]rune, 0, len(s))
	for _, r := range s {
		if n := len(out); n > 0 && longMark(r) && kana(out[n-1]) {
			continue
		}
		out = append(out, hiragana(r))
	}
	return foldWords(string(joinWide(out)))
}

// joinWide leaves out blanks but the single ones between two Latin words.
func joinWide(in []rune) []rune {
	out, gap := in[:0], false
	for _, r := range in {
		if blank(r) {
			gap = true
			continue
		}
		if n := len(out); gap && n > 0 && !wide(out[n-1]) && !wide(r) {
			out = append(out, ' ')
		}
		out, gap = append(out, r), false
	}
	return out
}

// foldWords makes the longer spelling of a word that has two, and every
// beginning of it that goes beyond the shorter one, the shorter.
func foldWords(s string) string {
	const stem, long, short = "おんぼで", "おんぼでぃんぐ", "おんぼど"
	for at := strings.Index(s, stem); at >= 0; at = strings.Index(s, stem) {
		n := len(stem)
		for i, r := range long[len(stem):] {
			if !strings.HasPrefix(s[at+len(stem):], long[len(stem):len(stem)+i+utf8.RuneLen(r)]) {
				break
			}
			n = len(stem) + i + utf8.RuneLen(r)
		}
		s = s[:at] + short + s[at+n:]
	}
	return s
}

// hiragana gives the hiragana of a katakana letter, and any other as it is.
func hiragana(r rune) rune {
	if r >= 'ァ' && r <= 'ヶ' || r == 'ヽ' || r == 'ヾ' {
		return r - ('ァ' - 'ぁ')
	}
	return r
}

func kana(r rune) bool { return r >= 'ぁ' && r <= 'ゟ' || r >= 'ァ' && r <= 'ヿ' }

// longMark reports whether a sign is the long mark or one written for it.
func longMark(r rune) bool {
	switch r {
	case 'ー', '―', '—', '–', '-', '−', '‐', '‑', '─', '━':
		return true
	}
	return false
}

// wide reports whether a letter is of a script written without blanks.
func wide(r rune) bool {
	return kana(r) || unicode.Is(unicode.Han, r) || r == '々' || r == 'ー' || r == '・'
}

// blank reports whether a sign separates words; the end of a line is not one.
func blank(r rune) bool { return r != '\n' && unicode.IsSpace(r) }

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
