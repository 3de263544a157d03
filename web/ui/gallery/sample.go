package main

import (
	"fmt"
	"math"
	"net/url"
	"time"

	"github.com/a-h/templ"

	"github.com/minori-hq/minori"
	"github.com/minori-hq/minori/text"
	"github.com/minori-hq/minori/web/ui"
)

// sample is a view with made-up values to show.
type sample struct {
	ui.View
	theme ui.Theme
	page  string
}

// say picks a text by language.
func (s sample) say(en, ja string) string {
	return minori.Text{minori.EN: en, minori.JA: ja}.In(s.Lang())
}

// yen gives an amount.
func yen(n int64) minori.Money { return minori.Money{Minor: n, Currency: "JPY"} }

// layout is the frame of the sample pages.
func (s sample) layout(title string, place ui.PlaceID) ui.LayoutProps {
	var places []ui.Place
	for _, id := range []ui.PlaceID{ui.PlaceAccounts, ui.PlaceCockpit, ui.PlaceScorecards, ui.PlaceRules, ui.PlaceRetention, ui.PlaceWorkspace} {
		p := s.Place(id, "/"+string(id))
		p.Current = id == place
		if id == ui.PlaceCockpit {
			p.Count = 3
		}
		places = append(places, p)
	}
	return ui.LayoutProps{
		Title: title, Places: places, SearchURL: "/search", PreferencesURL: "/preferences", ReturnURL: "/" + s.page, Theme: s.theme,
		AsOf:   ui.AsOf{Show: true, Path: "/" + s.page, Oldest: minori.Date(2024, 4, 1), Keep: url.Values{"sort": {"-arr"}}},
		User:   ui.User{Name: s.say("Keiko Aoyama", "青山 恵子"), Note: s.say("Customer success manager", "カスタマーサクセスマネジャー"), SignOutURL: "/sign-out"},
		Charts: true,
	}
}

// account is one made-up customer.
type account struct {
	name, kana, tier string
	band             ui.Band
	score, change    float64
	arr              int64
	renewal          minori.Day
	owner, why       string
	trend            []float64
}

// accounts gives made-up customers with a state of each kind.
func (s sample) accounts() []account {
	day := minori.Date(2026, 12, 1)
	no := ui.Unknown()
	return []account{
		{s.say("Aoyama Trading", "青山商事株式会社"), "Aoyama", "Enterprise", ui.Red, 43, -18.2, 48_000_000, day, s.say("Keiko Aoyama", "青山 恵子"),
			s.say("Logins fell by 46% in 28 days", "ログインが28日間で46%減少"), []float64{78, 77, 76, 74, 75, 71, 68, 66, 61, 58, 49, 43}},
		{s.say("Hokuto Logistics", "北斗ロジスティクス"), "Hokuto", "Enterprise", ui.Yellow, 61, -4.1, 36_500_000, day + 24, s.say("Ryo Tanabe", "田辺 亮"),
			s.say("Two open tickets older than 10 days", "10日を超える未解決チケットが2件"), []float64{66, 67, 64, 66, 65, 64, 63, 66, 64, 62, 62, 61}},
		{s.say("Minato Foods", "みなとフーズ株式会社"), "Minato", "Growth", ui.Green, 88, 3.4, 12_400_000, day + 61, s.say("Keiko Aoyama", "青山 恵子"),
			s.say("Licence use rose to 92%", "ライセンス利用率が92%に上昇"), []float64{80, 81, 80, 82, 84, 83, 85, 84, 86, 87, 87, 88}},
		{s.say("Sakura Medical", "さくらメディカル"), "Sakura", "Growth", ui.UnknownBand, no, no, 9_800_000, day + 90, s.say("Ryo Tanabe", "田辺 亮"),
			s.say("Onboarded 6 days ago", "導入から6日目"), []float64{no, no, no, no, no, no, no, no, no, no, no, no}},
		{s.say("Kita Kogyo", "北工業株式会社"), "Kita", "Growth", ui.Stale, 70, no, 7_200_000, day + 120, s.say("Mai Sato", "佐藤 舞"),
			s.say("Usage has not arrived since 9 Nov", "利用データが11月9日から届いていません"), []float64{72, 73, 71, no, no, no, 72, 71, 70, 70, no, no}},
		{s.say("Yamabuki Retail", "山吹リテール株式会社"), "Yamabuki", "Starter", ui.Green, 79, 0, 2_400_000, day + 200, s.say("Mai Sato", "佐藤 舞"),
			s.say("Stable for 12 weeks", "12週間安定"), []float64{78, 79, 79, 78, 79, 80, 79, 79, 78, 79, 79, 79}},
	}
}

// change writes how a score moved.
func (s sample) change(v float64) *ui.ChangeProps {
	p := &ui.ChangeProps{Words: s.Signed(v, 1), Rise: v > 0, Fall: v < 0}
	switch {
	case v >= 1:
		p.Tone = ui.Good
	case v <= -1:
		p.Tone = ui.Bad
	}
	return p
}

// table gives the list of accounts.
func (s sample) table() ui.TableProps {
	t := ui.TableProps{
		Caption: s.say("Accounts", "顧客"),
		Columns: []ui.Column{
			{Label: s.say("Account", "顧客"), Primary: true, SortURL: "?sort=name"},
			{Label: s.say("Health", "ヘルス"), Sorted: ui.Ascending, SortURL: "?sort=health", Hint: s.say("Score of 0 to 100 by the scorecard Health, version 4", "スコアカード「ヘルス」第4版による0〜100のスコア")},
			{Label: s.say("12 weeks", "12週"), NotPhone: false},
			{Label: s.say("Change", "変化"), Numeric: true, SortURL: "?sort=change"},
			{Label: "ARR", Numeric: true, SortURL: "?sort=arr"},
			{Label: s.say("Renewal", "契約更新"), Numeric: true, SortURL: "?sort=renewal"},
			{Label: s.say("Owner", "担当")},
			{Label: s.say("Top reason", "主な理由")},
		},
		Paging: &ui.PagingProps{From: 1, To: 6, Total: 512, PrevURL: "?page=0", NextURL: "?page=2"},
	}
	var sum int64
	for _, a := range s.accounts() {
		health := ui.HealthProps{Band: a.band}
		change := ui.NoValue(s.View, s.say("no earlier score", "過去のスコアなし"))
		if !math.IsNaN(a.score) {
			health.Score = s.Number(a.score, 0)
		}
		if !math.IsNaN(a.change) {
			change = ui.Change(s.View, *s.change(a.change))
		}
		sum += a.arr
		t.Rows = append(t.Rows, ui.Row{URL: "/account", Cells: []templ.Component{
			ui.TwoLines(a.name, a.tier), ui.Health(s.View, health),
			ui.Sparkline(ui.SparklineProps{Values: a.trend, Band: a.band, Label: s.say("Health over 12 weeks", "12週間のヘルス推移")}),
			change, ui.Words(s.Money(yen(a.arr))), ui.Words(s.DateShort(a.renewal)), ui.Words(a.owner), ui.Words(a.why),
		}})
	}
	t.Totals = []templ.Component{ui.Words(s.Count(len(t.Rows), text.Accounts)), nil, nil, nil, ui.Words(s.Money(yen(sum))), nil, nil, nil}
	return t
}

// figures are those at the head of an account.
func (s sample) figures() []ui.FigureProps {
	return []ui.FigureProps{
		{Label: "ARR", Value: s.MoneyShort(yen(48_000_000)), Change: &ui.ChangeProps{Words: s.SignedPercent(0.08, 0), Rise: true, Since: s.say("in 12 months", "12か月"), Tone: ui.Good},
			Source: s.say("From the ledger, as of 20 Nov 2026", "台帳より。2026年11月20日時点")},
		{Label: s.say("Renewal", "契約更新"), Value: s.say("11 days", "11日後"), Note: s.Date(minori.Date(2026, 12, 1)), URL: "/account"},
		{Label: s.say("Health", "ヘルス"), Value: "43", URL: "/account", Health: &ui.HealthProps{Band: ui.Red}, Change: &ui.ChangeProps{Words: s.Signed(-18.2, 1), Fall: true, Tone: ui.Bad, Since: s.say("in 30 days", "30日")},
			Source: s.say("Scorecard Health, version 4. All inputs fresh", "スコアカード「ヘルス」第4版。入力はすべて最新")},
		{Label: s.say("Success plan", "サクセスプラン"), Unknown: s.say("No plan yet", "プラン未作成")},
		{Label: s.say("Licence use", "ライセンス利用率"), Value: s.Percent(0.64, 0), Stale: true, Note: s.say("last known on 9 Nov", "11月9日の値")},
	}
}

// waterfall explains a fall in health.
func (s sample) waterfall() ui.WaterfallProps {
	return ui.WaterfallProps{
		Caption: s.say("Why health fell from 78 to 43", "ヘルスが78から43に下がった理由"),
		Start:   ui.WaterfallEnd{Label: s.say("30 Aug", "8月30日"), Value: 78, Health: &ui.HealthProps{Band: ui.Green}},
		Steps: []ui.WaterfallStep{
			{Label: s.say("Active users", "利用者数"), URL: "/account", Why: s.say("31 → 14 of 60 seats", "60席中 31 → 14名"), Change: -19.5},
			{Label: s.say("Logins", "ログイン"), URL: "/account", Why: s.say("−46% against the 28 days before", "前の28日間に対して −46%"), Change: -12.1},
			{Label: s.say("Ticket load", "チケット負荷"), URL: "/account", Why: s.say("2 open, none over 10 days", "未解決2件、10日超なし"), Change: 2.6},
			{Label: s.say("Cap: sponsor left", "上限: スポンサー退任"), Why: s.say("at most 49 while no sponsor is known", "スポンサー不在の間は最大49"), Change: -6},
		},
		End: ui.WaterfallEnd{Label: s.say("Today", "本日"), Value: 43, Health: &ui.HealthProps{Band: ui.Red}},
	}
}

// bridge is a movement of revenue, small beside its totals.
func (s sample) bridge() ui.WaterfallProps {
	step := func(label string, n int64) ui.WaterfallStep {
		return ui.WaterfallStep{Label: label, URL: "/account", Change: float64(n), Words: s.SignedMoney(yen(n))}
	}
	return ui.WaterfallProps{
		Caption: s.say("ARR over the fiscal year", "年度のARR推移"),
		Start:   ui.WaterfallEnd{Label: s.FiscalYear(2025), Value: 812_000_000, Words: s.Money(yen(812_000_000))},
		Steps: []ui.WaterfallStep{
			step(s.say("New", "新規"), 64_000_000), step(s.say("Expansion", "エクスパンション"), 41_500_000),
			step(s.say("Contraction", "減額"), -12_200_000), step(s.say("Churn", "チャーン"), -33_800_000),
		},
		End: ui.WaterfallEnd{Label: s.FiscalYear(2026), Value: 871_500_000, Words: s.Money(yen(871_500_000))},
	}
}

// parts is what a score is made of: the worked example of the semantics.
func (s sample) parts() ui.ScorePartsProps {
	return ui.ScorePartsProps{
		Caption: s.say("What the score is made of", "スコアの内訳"), Total: 49, Coverage: s.Percent(0.85, 0),
		Health: ui.HealthProps{Band: ui.Red, Score: "49"},
		Groups: []ui.ScoreGroup{
			{Label: s.say("Adoption", "活用"), Weight: "60", Score: 70, Parts: []ui.ScorePart{
				{Label: s.say("Active users per seat", "席あたり利用者数"), URL: "/account", Value: s.Percent(0.72, 0), Score: 80, Weight: "2", Points: 32, Most: 40},
				{Label: s.say("Breadth of features", "利用機能の幅"), URL: "/account", Value: s.say("5 of 10", "10機能中5"), Score: 50, Weight: "1", Points: 10, Most: 20},
				{Label: s.say("Exports", "エクスポート"), Note: s.say("no data yet", "データなし"), Score: ui.Unknown(), Points: ui.Unknown(), Weight: "1"},
			}},
			{Label: s.say("Support", "サポート"), Weight: "40", Score: 30, Parts: []ui.ScorePart{
				{Label: s.say("Ticket load", "チケット負荷"), URL: "/account", Value: s.say("9 open", "未解決9件"), Note: s.say("since 9 Nov", "11月9日から"), Stale: true, Score: 30, Weight: "1", Points: 12, Most: 40},
			}},
		},
		Extras: []ui.ScoreExtra{{Label: s.say("Cap at 49", "上限49"), Why: s.say("No sponsor is known", "スポンサー不在"), Points: -5}},
	}
}

// strip is the distribution of scores over some weeks.
func (s sample) strip() ui.StripProps {
	p := ui.StripProps{Sentence: s.say("Six more accounts are red than 12 weeks ago; most fell in the last three.", "赤の顧客は12週前より6社増え、多くは直近3週間で低下しました。")}
	state := uint64(7)
	random := func() float64 {
		state = state*6364136223846793005 + 1442695040888963407
		return float64(state>>33) / float64(1<<31)
	}
	for week := range 12 {
		c := ui.StripColumn{Label: s.DayMonth(minori.Date(2026, 9, 4) + minori.Day(7*week))}
		for i := range 70 {
			value := 100 * math.Pow(random(), 0.45+0.02*float64(week))
			band := ui.Green
			switch {
			case value < 50:
				band = ui.Red
			case value < 75:
				band = ui.Yellow
			}
			c.Dots = append(c.Dots, ui.StripDot{Value: value, Band: band, Label: fmt.Sprintf("%s %d", s.say("Account", "顧客"), i+1), URL: "/account"})
		}
		p.Columns = append(p.Columns, c)
	}
	return p
}

// timeline is what happened with a customer.
func (s sample) timeline() []ui.TimelineGroup {
	at := func(day, hour, minute int) time.Time { return time.Date(2026, 11, day, hour-9, minute, 0, 0, time.UTC) }
	return []ui.TimelineGroup{
		{Label: s.RelativeDay(s.Today-1, s.Today), Items: []ui.TimelineItem{
			{Icon: ui.IconFlag, Tone: ui.Bad, At: at(19, 14, 5), Title: s.say("Call to action opened: usage fell", "アクション作成: 利用の減少"), URL: "/account",
				Body: s.say("The rule “Usage falls” held for 7 days.", "ルール「利用減少」が7日間継続しました。"), Meta: s.say("Due 24 Nov · Keiko Aoyama", "期限 11月24日 · 青山 恵子")},
			{Icon: ui.IconCall, At: at(19, 10, 30), Title: s.say("Call with Mr Sakai", "酒井様と通話"), Body: s.say("The sponsor moves to another division in December.\nSuccessor not named yet.", "スポンサーの方が12月に異動予定。\n後任は未定。"), Meta: s.say("32 minutes", "32分")},
		}},
		{Label: s.Date(minori.Date(2026, 11, 12)), Items: []ui.TimelineItem{
			{Icon: ui.IconMeeting, At: at(12, 16, 0), Title: s.say("Business review", "ビジネスレビュー"), Meta: s.say("4 attendees", "参加者4名")},
			{Icon: ui.IconWin, Tone: ui.Good, At: at(12, 9, 0), Title: s.say("Objective reached: invoices in 2 days", "目標達成: 請求処理を2日に短縮")},
		}},
	}
}
