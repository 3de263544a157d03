package palette

import "testing"

func TestKana(t *testing.T) {
	for _, c := range []struct {
		in, kana, rest string
		ok             bool
	}{
		{"shimbun", "しんぶん", "", true}, {"sinbun", "しんぶん", "", true}, {"Tōkyō", "とうきょう", "", true},
		{"kokyaku", "こきゃく", "", true}, {"settei", "せってい", "", true}, {"matcha", "まっちゃ", "", true}, {"mattya", "まっちゃ", "", true},
		{"jisho", "じしょ", "", true}, {"zisyo", "じしょ", "", true}, {"konna", "こんな", "", true}, {"kin'en", "きんえん", "", true},
		{"ru-ru", "るーる", "", true}, {"ルール", "るる", "", true}, {"ﾙｰﾙ", "るる", "", true}, {"コックpit", "こっくぴ", "t", true},
		{"sukoak", "すこあ", "k", true}, {"sh", "", "sh", true}, {"fukushima", "ふくしま", "", true}, {"hukusima", "ふくしま", "", true},
		{"tsuduki", "つづき", "", true}, {"tuduki", "つづき", "", true},
		{"health", "へあ", "lth", false}, {"顧客", "", "", false}, {"x1", "", "x1", false}, {"", "", "", true},
	} {
		kana, rest, ok := Kana(c.in)
		if kana != c.kana || rest != c.rest || ok != c.ok {
			t.Errorf("Kana(%q) = %q, %q, %v; want %q, %q, %v", c.in, kana, rest, ok, c.kana, c.rest, c.ok)
		}
	}
}

func TestHepburnAndKunreiSoundAlike(t *testing.T) {
	for a, b := range map[string]string{
		"shichi": "siti", "chizu": "tizu", "fuji": "huzi", "tsuzuki": "tuduki", "ōsaka": "oosaka", "tokyo": "toukyou", "ruru": "ru-ru", "sukoakado": "sukoaka-do",
	} {
		one, _, _ := Kana(a)
		other, _, _ := Kana(b)
		if Sound(one) != Sound(other) {
			t.Errorf("%s is heard as %s, %s as %s", a, Sound(one), b, Sound(other))
		}
	}
}

func FuzzKana(f *testing.F) {
	for _, s := range []string{"shimbun", "ｶﾀｶﾅ", "n'n-", "\xff", "tch"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		kana, rest, ok := Kana(s)
		if !ok {
			return
		}
		for _, r := range kana {
			if !isKana(r) {
				t.Errorf("Kana(%q) holds %q", s, r)
			}
		}
		if len(rest) > longest {
			t.Errorf("Kana(%q) leaves %q", s, rest)
		}
	})
}
