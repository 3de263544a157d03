package palette

import "testing"

func TestRank(t *testing.T) {
	items := []item{
		{kind: kindPage, title: "設定", names: []string{"Settings"}, readings: []string{"せってい"}},
		{kind: kindPage, title: "顧客", names: []string{"Accounts"}, readings: []string{"こきゃく"}},
		{kind: kindScorecard, title: "Account health", names: []string{"health"}},
		{kind: kindRule, title: "Adoption falling", names: []string{"adoption-falling"}},
		{kind: kindPage, title: "ルール", names: []string{"Rules"}, readings: []string{"ルール"}},
		{kind: kindAccount, title: "株式会社青山", floor: fitsPart},
	}
	for _, c := range []struct{ typed, first string }{
		{"settei", "設定"}, {"sett", "設定"}, {"せってい", "設定"}, {"セッテイ", "設定"}, {"設", "設定"}, {"SETTINGS", "設定"},
		{"kokyaku", "顧客"}, {"koky", "顧客"}, {"kokya", "顧客"}, {"health", "Account health"}, {"acc", "顧客"},
		{"falling", "Adoption falling"}, {"falling adoption", "Adoption falling"}, {"ruuru", "ルール"}, {"ruru", "ルール"}, {"ｒｕｌｅｓ", "ルール"},
	} {
		got := rank(newQuery(c.typed), items)
		if len(got) == 0 || got[0].title != c.first {
			t.Errorf("%q finds %v first, want %s", c.typed, got, c.first)
		}
	}
	if got := rank(newQuery("zzz"), items); len(got) != 1 || got[0].kind != kindAccount {
		t.Errorf("only what another search found should stay, got %v", got)
	}
}

func TestRankIsBounded(t *testing.T) {
	var items []item
	for k := kindAction; k <= kindSegment; k++ {
		for range 100 {
			items = append(items, item{kind: k, title: "same"})
		}
	}
	got := rank(newQuery("same"), items)
	if len(got) != maxResults {
		t.Fatalf("%d results, want %d", len(got), maxResults)
	}
	if g := grouped(got); len(g) != 3 || len(g[0]) != maxOfKind {
		t.Errorf("%d groups", len(g))
	}
}
