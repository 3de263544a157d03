package palette

import (
	"strings"
	"unicode"

	"github.com/minori-hq/minori/text"
)

// syllables spells the kana in Latin letters, in the ways of Hepburn and of
// Kunrei and in those that are common on keyboards.
const syllables = " a:あ i:い u:う e:え o:お ka:か ki:き ku:く ke:け ko:こ ga:が gi:ぎ gu:ぐ ge:げ go:ご" +
	" sa:さ si:し shi:し su:す se:せ so:そ za:ざ zi:じ ji:じ zu:ず ze:ぜ zo:ぞ" +
	" ta:た ti:ち chi:ち tu:つ tsu:つ te:て to:と da:だ di:ぢ du:づ dzu:づ de:で do:ど" +
	" na:な ni:に nu:ぬ ne:ね no:の ha:は hi:ひ hu:ふ fu:ふ he:へ ho:ほ ba:ば bi:び bu:ぶ be:べ bo:ぼ pa:ぱ pi:ぴ pu:ぷ pe:ぺ po:ぽ" +
	" ma:ま mi:み mu:む me:め mo:も ya:や yu:ゆ yo:よ ra:ら ri:り ru:る re:れ ro:ろ wa:わ wo:を vu:ゔ" +
	" kya:きゃ kyu:きゅ kyo:きょ gya:ぎゃ gyu:ぎゅ gyo:ぎょ sya:しゃ syu:しゅ syo:しょ sha:しゃ shu:しゅ she:しぇ sho:しょ" +
	" zya:じゃ zyu:じゅ zyo:じょ ja:じゃ ju:じゅ je:じぇ jo:じょ jya:じゃ jyu:じゅ jyo:じょ" +
	" tya:ちゃ tyu:ちゅ tyo:ちょ cha:ちゃ chu:ちゅ che:ちぇ cho:ちょ dya:ぢゃ dyu:ぢゅ dyo:ぢょ" +
	" nya:にゃ nyu:にゅ nyo:にょ hya:ひゃ hyu:ひゅ hyo:ひょ bya:びゃ byu:びゅ byo:びょ pya:ぴゃ pyu:ぴゅ pyo:ぴょ" +
	" mya:みゃ myu:みゅ myo:みょ rya:りゃ ryu:りゅ ryo:りょ fa:ふぁ fi:ふぃ fe:ふぇ fo:ふぉ thi:てぃ dhi:でぃ wi:うぃ we:うぇ va:ゔぁ vi:ゔぃ ve:ゔぇ vo:ゔぉ "

// longest is the longest spelling of a syllable, in letters.
const longest = 3

// macrons spells vowels that are written with a mark of length.
func macrons(s string) string {
	return strings.NewReplacer("ā", "aa", "ī", "ii", "ū", "uu", "ē", "ee", "ō", "ou", "â", "aa", "î", "ii", "û", "uu", "ê", "ee", "ô", "ou").Replace(s)
}

// Kana writes Latin letters as hiragana. Kana stay; anything else makes ok
// false. A syllable that is only begun at the end is given back as rest.
func Kana(s string) (kana, rest string, ok bool) {
	s = macrons(fold(s))
	var b strings.Builder
	for s != "" {
		first := []rune(s)[0]
		if first > unicode.MaxASCII {
			if !isKana(first) {
				return "", "", false
			}
			b.WriteRune(first)
			s = s[len(string(first)):]
			continue
		}
		made, n := syllable(s)
		if n == 0 {
			return b.String(), s, len(s) <= longest && strings.Contains(syllables, " "+s)
		}
		b.WriteString(made)
		s = s[n:]
	}
	return b.String(), "", true
}

// syllable gives the kana that s begins with and how many letters they take;
// 0 for none.
func syllable(s string) (string, int) {
	for n := min(longest, len(s)); n > 0; n-- {
		if _, after, ok := strings.Cut(syllables, " "+s[:n]+":"); ok {
			made, _, _ := strings.Cut(after, " ")
			return made, n
		}
	}
	next := byte(0)
	if len(s) > 1 {
		next = s[1]
	}
	switch c := s[0]; {
	case c == '-':
		return "ー", 1
	case c == 'n' && next == '\'':
		return "ん", 2
	case c == 'n' && (next == 0 || next > unicode.MaxASCII || !strings.ContainsRune("aiueoy", rune(next))):
		return "ん", 1
	case c == 'm' && next != 0 && strings.ContainsRune("bpm", rune(next)):
		return "ん", 1
	case c == 't' && strings.HasPrefix(s, "tch"), c == next && c >= 'a' && c <= 'z':
		return "っ", 1
	}
	return "", 0
}

// isKana reports whether r is hiragana or the mark of length; fold leaves no
// other kana.
func isKana(r rune) bool { return unicode.Is(unicode.Hiragana, r) || r == 'ー' }

// fold is text.Fold without blanks, which nobody types in the same places.
func fold(s string) string { return strings.ReplaceAll(text.Fold(s), " ", "") }

// Vowels of the rows of the table, with those that lengthen them.
const (
	rowA = "あかがさざただなはばぱまやらわゃぁ"
	rowI = "いきぎしじちぢにひびぴみりぃ"
	rowU = "うくぐすずつづぬふぶぷむゆるゅぅゔ"
	rowE = "えけげせぜてでねへべぺめれぇ"
	rowO = "おこごそぞとどのほぼぽもよろをょぉ"
)

// Sound writes kana as they are heard by somebody in a hurry: vowels are not
// long, and voiced sounds that are written in two ways are one.
func Sound(kana string) string {
	var b strings.Builder
	last := rune(0)
	for _, r := range fold(kana) {
		if r == 'ー' || lengthens(last, r) {
			continue
		}
		switch r {
		case 'ぢ':
			r = 'じ'
		case 'づ':
			r = 'ず'
		case 'を':
			r = 'お'
		}
		b.WriteRune(r)
		last = r
	}
	return b.String()
}

// lengthens reports whether the vowel r only makes the sound before it longer.
func lengthens(before, r rune) bool {
	in := func(row string) bool { return before != 0 && strings.ContainsRune(row, before) }
	switch r {
	case 'あ':
		return in(rowA)
	case 'い':
		return in(rowI) || in(rowE)
	case 'う':
		return in(rowU) || in(rowO)
	case 'え':
		return in(rowE)
	case 'お':
		return in(rowO)
	}
	return false
}

// katakana writes hiragana as katakana, as names of companies are.
func katakana(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'ぁ' && r <= 'ゖ' {
			return r - 'ぁ' + 'ァ'
		}
		return r
	}, s)
}
