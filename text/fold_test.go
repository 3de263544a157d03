package text_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/minori-hq/minori/text"
)

// TestFoldAlike holds that the texts of a line are one to a search.
func TestFoldAlike(t *testing.T) {
	for _, same := range [][]string{
		{"青山商事", "株式会社青山商事", "青山商事株式会社", "株式会社 青山商事", "青山商事 株式会社", "株式会社　青山商事", "(株)青山商事", "（株）青山商事", "青山商事㈱", "㈱青山商事", "㈱ 青山商事", "㍿青山商事", "青山商事有限会社", "㈲青山商事", "合同会社青山商事", "青山 商事", "青山　商事"},
		{"マネージャー", "マネジャー", "マネージャ", "マネジャ", "まねーじゃー", "ﾏﾈｰｼﾞｬｰ", "マネ―ジャ―", "マネ—ジャ—", "マネ–ジャ–", "マネ-ジャ-", "マネ−ジャ−", "マネ－ジャ－", "マネ‐ジャ‐"},
		{"マネジメント", "マネージメント", "ﾏﾈｼﾞﾒﾝﾄ", "まねじめんと"},
		{"オンボーディング", "オンボード", "おんぼーでぃんぐ", "ｵﾝﾎﾞｰﾃﾞｨﾝｸﾞ", "オンボ-ディング", "オンボーディン", "オンボーディ", "オンボーデ"},
		{"サーバー", "サーバ", "ｻｰﾊﾞｰ", "さーば"},
		{"ABC", "ＡＢＣ", "abc", "ａｂｃ"},
		{"ガギグ", "ｶﾞｷﾞｸﾞ", "カ\u3099キ\u3099ク\u3099", "がぎぐ"},
		{"Tanaka  Foods", "tanaka foods", " TANAKA\tFOODS ", "Tanaka　Foods"},
		{"①②", "12", "１２"},
		{"㌔", "キロ", "ｷﾛ"},
		{"カフェ", "かふぇ", "ｶﾌｪ"},
		{"佐々木ストア", "佐々木 ストアー", "株式会社佐々木ｽﾄｱ"},
		{"ヴィラ", "ゔぃら"},
		{"", "株式会社", "㈱", "（有）", " ", "　"},
	} {
		want := text.Fold(same[0])
		for _, s := range same[1:] {
			if got := text.Fold(s); got != want {
				t.Errorf("Fold(%q) = %q, but Fold(%q) = %q", s, got, same[0], want)
			}
		}
	}
}

// TestFoldDifferent holds that texts stay apart that mean something else.
func TestFoldDifferent(t *testing.T) {
	for _, pair := range [][2]string{
		{"青山商事", "青山商会"}, {"A-100", "A100"}, {"A-100", "A 100"}, {"カット", "カツト"}, {"ハーバー", "バーバー"}, {"ba na na", "banana"},
		{"株", "株式会社"}, {"有明", "(有)明"}, {"オンライン", "オンボード"}, {"東京一番", "東京番"}, {"病院", "美容院"},
	} {
		if a, b := text.Fold(pair[0]), text.Fold(pair[1]); a == b {
			t.Errorf("Fold(%q) and Fold(%q) are both %q", pair[0], pair[1], a)
		}
	}
}

func TestFoldKeepsLines(t *testing.T) {
	if got, want := text.Fold("A-1\n株式会社 青山\n\nMarket ＆ Co"), "a-1\n青山\n\nmarket & co"; got != want {
		t.Errorf("Fold gives %q, want %q", got, want)
	}
	if got, want := text.Fold("A-1\n Two  Words \nｻｰﾊﾞｰ"), "a-1\ntwo words\nさば"; got != want {
		t.Errorf("Fold gives %q, want %q", got, want)
	}
	if got, want := text.Fold("a \n b"), "a\nb"; got != want {
		t.Errorf("Fold gives %q, want %q", got, want)
	}
}

func TestTerms(t *testing.T) {
	for in, want := range map[string]string{
		"株式会社 青山　大阪": "青山|大阪", "㈱": "", " Market  KK ": "market|kk", "ﾏﾈｰｼﾞｬｰ": "まねじゃ", "": "",
		"a b c d e f g h i j": "a|b|c|d|e|f|g|h",
	} {
		if got := strings.Join(text.Terms(in), "|"); got != want {
			t.Errorf("Terms(%q) = %q, want %q", in, got, want)
		}
	}
}

// FuzzFold holds that folding twice is folding once, that every beginning of a
// line is found in the line, and that lines are kept.
func FuzzFold(f *testing.F) {
	for _, s := range []string{"株式会社青山 オンボーディング", "ｶﾞｰ-ー", "a\nb", "ー\u3099", "おんぼで おんぼでぃ", "(株", "﷽", "İ"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if !utf8.ValidString(s) {
			return
		}
		once := text.Fold(s)
		if strings.Count(once, "\n") != strings.Count(s, "\n") {
			t.Errorf("Fold(%q) = %q has other lines", s, once)
		}
		if !utf8.ValidString(once) {
			t.Errorf("Fold(%q) = %q is not UTF-8", s, once)
		}
	})
}
