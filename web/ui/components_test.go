package ui_test

import (
	"net/url"
	"testing"
	"time"

	"github.com/a-h/templ"

	"github.com/minori-hq/minori"
	"github.com/minori-hq/minori/web/ui"
)

// both renders a component for readers of both languages, with and without
// assets, and checks what each must see.
func both(t *testing.T, name string, make func(v ui.View) templ.Component, en, ja []string) {
	t.Helper()
	t.Run(name, func(t *testing.T) {
		for _, plain := range []bool{false, true} {
			has(t, render(t, make(view(t, minori.EN, plain))), en...)
			has(t, render(t, make(view(t, minori.JA, plain))), ja...)
		}
	})
}

func TestStates(t *testing.T) {
	for band, words := range map[ui.Band][2]string{
		ui.Green: {"Green", "緑"}, ui.Yellow: {"Yellow", "黄"}, ui.Red: {"Red", "赤"},
		ui.UnknownBand: {"Unknown", "不明"}, "": {"Unknown", "不明"}, ui.Stale: {"Stale", "更新停止"},
	} {
		both(t, "health "+string(band), func(v ui.View) templ.Component {
			return ui.Health(v, ui.HealthProps{Band: band, Score: "43", Note: "why", Pill: true})
		}, []string{"<svg", words[0], "43", `title="why"`}, []string{"<svg", words[1]})
	}
	both(t, "priority", func(v ui.View) templ.Component { return ui.Priority(v, ui.PriorityHigh) }, []string{"High"}, []string{"高"})
	both(t, "status", func(ui.View) templ.Component { return ui.Status("Open", ui.Info) }, []string{"Open", "state-info"}, nil)
	both(t, "change", func(v ui.View) templ.Component {
		return ui.Change(v, ui.ChangeProps{Words: v.Signed(-4.2, 1), Since: "30d", Tone: ui.Bad, Fall: true})
	}, []string{"−4.2", "change-bad", "30d"}, nil)
}

func TestPageParts(t *testing.T) {
	both(t, "header", func(v ui.View) templ.Component {
		return with(ui.PageHeader(v, ui.PageHeaderProps{
			Title: "Aoyama", Sentence: "Fell to red.", Actions: []ui.ButtonProps{{Label: "Act", URL: "/act", Kind: ui.Primary}},
			Figures: []ui.FigureProps{{Label: "ARR", Value: "¥1", Source: "ledger"}, {Label: "Plan", Unknown: "none yet"}, {Label: "Use", Value: "64%", Stale: true}},
		}), ui.Words("child"))
	}, []string{"<h1>Aoyama</h1>", "Fell to red.", `href="/act"`, "ledger", "Unknown", "none yet", "Stale", "child"}, []string{"不明", "更新停止"})
	both(t, "card", func(v ui.View) templ.Component {
		return with(ui.Card(v, ui.CardProps{ID: "c", Title: "Facts", Note: "3", Link: ui.Link{Label: "All", URL: "/all"}}), ui.Words("body"))
	}, []string{"<h2>Facts", `href="/all"`, "body", `id="c"`}, nil)
	both(t, "grids", func(ui.View) templ.Component {
		return with(ui.ThreeColumns(ui.Words("left"), with(ui.WithSide(ui.Words("side")), ui.Words("main"))), with(ui.Columns(), with(ui.Stack(), ui.Words("middle"))))
	}, []string{"left", "side", "main", "middle"}, nil)
	both(t, "tabs", func(ui.View) templ.Component {
		return ui.Tabs("Views", []ui.Tab{{Label: "All", URL: "/a", Current: true, Count: "5"}, {Label: "Mine", URL: "/b"}})
	}, []string{`aria-current="page"`, `href="/b"`, `aria-label="Views"`}, nil)
	both(t, "facts", func(ui.View) templ.Component {
		return ui.Facts([]ui.Fact{{Label: "Tier", Value: ui.Words("A"), Note: "from billing"}, {Label: "Sponsor"}})
	}, []string{"<dt>Tier</dt>", "from billing", "—"}, nil)
	both(t, "timeline", func(v ui.View) templ.Component {
		return ui.Timeline(v, []ui.TimelineGroup{{Label: "Today", Items: []ui.TimelineItem{{Icon: ui.IconCall, At: time.Date(2026, 11, 20, 1, 30, 0, 0, time.UTC), Title: "Call", URL: "/t", Body: "text", Meta: "meta"}}}})
	}, []string{"10:30", `datetime="2026-11-20T01:30:00Z"`, `href="/t"`, "20 Nov 2026, 10:30"}, []string{"2026年11月20日(金) 10:30"})
	both(t, "drawer", func(v ui.View) templ.Component {
		return with(ui.Drawer(v, ui.DrawerProps{Title: "Detail", CloseURL: "/list", FullURL: "/full"}), ui.Words("body"))
	}, []string{"Detail", `href="/list"`, "data-close-drawer", "Open as a page", "body"}, []string{"閉じる"})
	both(t, "drawer link", func(ui.View) templ.Component { return with(ui.DrawerLink("/d?x=1"), ui.Words("open")) },
		[]string{`href="/d?x=1"`, `hx-get="/d?x=1"`, `hx-target="#drawer"`}, nil)
}

func TestNotices(t *testing.T) {
	both(t, "notice", func(v ui.View) templ.Component {
		return ui.Notice(v, ui.NoticeProps{Tone: ui.Bad, Title: "Not saved", Text: "Mend it.", Code: "invalid", ID: "7f3a"})
	}, []string{`role="alert"`, "Not saved", "Mend it.", "Code <code>invalid</code>", "Error ID <code>7f3a</code>"}, []string{"エラーID"})
	both(t, "flash", func(v ui.View) templ.Component {
		return ui.Flash(v, ui.FlashProps{Text: "Saved.", Link: ui.Link{Label: "Undo", URL: "/undo"}})
	}, []string{`role="status"`, "Saved.", `href="/undo"`}, nil)
	both(t, "empty", func(v ui.View) templ.Component {
		return ui.EmptyState(v, ui.EmptyProps{Icon: ui.IconRules, Title: "Rules", Text: "What they do.", Action: ui.ButtonProps{Label: "Add rule", URL: "/new"}, Link: ui.Link{Label: "Element", URL: "/el"}})
	}, []string{"Rules", "What they do.", `href="/new"`, `href="/el"`}, nil)
	for status, words := range map[int][2]string{
		400: {"could not be read", "読み取れません"}, 403: {"may not open", "権限がありません"}, 404: {"nothing at this address", "見つかりません"},
		500: {"could not be done", "完了できません"}, 503: {"busy", "混み合って"},
	} {
		both(t, "error", func(v ui.View) templ.Component {
			return ui.ErrorPage(v, ui.ErrorPageProps{Status: status, Back: ui.Link{Label: "Back", URL: "/"}})
		}, []string{words[0]}, []string{words[1]})
	}
}

func TestFormControls(t *testing.T) {
	both(t, "form", func(v ui.View) templ.Component {
		return with(ui.Form(v, ui.FormProps{Action: "/save", Error: "Not saved"}), templ.Join(
			ui.TextField(v, ui.FieldProps{Name: "a", Label: "Name", Value: "x", Required: true}),
			ui.NumberField(v, ui.FieldProps{Name: "b", Label: "Seats", Help: "as agreed", Unit: "seats", Min: "1"}),
			ui.DateField(v, ui.FieldProps{Name: "c", Label: "Due", Error: "in the past"}),
			ui.Select(v, ui.FieldProps{Name: "d", Label: "Tier", Value: "2"}, []ui.Option{{Value: "1", Label: "One"}, {Value: "2", Label: "Two"}}),
			ui.TextArea(v, ui.FieldProps{Name: "e", Label: "Note", Value: "line"}, 4),
			ui.Check(v, ui.FieldProps{Name: "f", Label: "Tell", Value: "true"}),
			ui.EmailField(v, ui.FieldProps{Name: "g", Label: "E-mail"}), ui.PasswordField(v, ui.FieldProps{Name: "h", Label: "Password"}),
			ui.Hidden("token", "t"),
			with(ui.FormActions(), ui.Button(v, ui.ButtonProps{Label: "Remove", Kind: ui.Danger, Name: "do", Value: "remove", Confirm: "Sure?"})),
		))
	}, []string{
		`method="post"`, `action="/save"`, "Not saved", `for="field-a"`, `id="field-a"`, "optional", "as agreed", `aria-describedby="field-b-help"`,
		`aria-invalid="true"`, `aria-describedby="field-c-error"`, `<option value="2" selected>Two</option>`, ">line</textarea>", "checked",
		`type="hidden" name="token" value="t"`, `data-confirm="Sure?"`, "button-danger",
	}, []string{"任意"})
}

func TestTable(t *testing.T) {
	props := ui.TableProps{
		Caption: "Accounts",
		Columns: []ui.Column{{Label: "Name", Primary: true, SortURL: "?sort=name"}, {Label: "ARR", Numeric: true, SortURL: "?sort=arr", Sorted: ui.Descending, Hint: "per year"}},
		Totals:  []templ.Component{ui.Words("1 account"), ui.Words("¥9")},
		Paging:  &ui.PagingProps{From: 51, To: 100, Total: 1234, PrevURL: "?p=1", NextURL: "?p=3"},
	}
	both(t, "rows", func(v ui.View) templ.Component {
		p := props
		p.Rows = []ui.Row{{ID: "r1", URL: "/a/1", Cells: []templ.Component{ui.Words("Aoyama"), ui.NoValue(v, "no data")}}}
		p.Wide = true
		return ui.Table(v, p)
	}, []string{`<a class="row-link" href="/a/1">Aoyama</a>`, `aria-sort="descending"`, `data-label="ARR"`, "per year", "no data", "1 account", "51–100 of 1,234", `rel="next"`, "Previous"},
		[]string{"1,234件中 51–100件", "次へ", "不明"})
	both(t, "empty", func(v ui.View) templ.Component {
		p := props
		p.Empty = &ui.EmptyProps{Title: "Accounts will be here"}
		return ui.Table(v, p)
	}, []string{"Accounts will be here"}, nil)
	if html := render(t, ui.Table(view(t, minori.EN, false), ui.TableProps{Caption: "x", Columns: props.Columns, Paging: &ui.PagingProps{}})); html == "" {
		t.Error("a table without rows and without an empty state shows nothing")
	}
}

func TestFilterReadsAsASentence(t *testing.T) {
	filter := func(v ui.View) templ.Component {
		return with(ui.Filter(v, ui.FilterProps{
			Action: "/accounts", Subject: v.Text(minori.Text{minori.EN: "Accounts", minori.JA: "顧客"}), Keep: url.Values{"sort": {"arr"}}, Count: "2",
			Chips: []ui.Chip{{Words: v.Condition("tier", ui.OpIs, "Enterprise"), RemoveURL: "/x"}, {Words: v.Condition("health", ui.OpBelow, "50"), RemoveURL: "/y"}},
		}), ui.Words("fields"))
	}
	both(t, "filter", filter, []string{"Accounts where", "tier is Enterprise", ">and<", "health is below 50", "fields", `name="sort" value="arr"`, "Remove the condition: tier is Enterprise"},
		[]string{"tierが「Enterprise」", "かつ", "healthが50未満", "の顧客"})
	both(t, "none", func(v ui.View) templ.Component { return ui.Filter(v, ui.FilterProps{Subject: "rules"}) }, []string{"All rules"}, []string{"すべてのrules"})
	v := view(t, minori.EN, false)
	for op, want := range map[ui.Op]string{
		ui.OpNot: "a is not b", ui.OpAtLeast: "a is at least b", ui.OpHas: "a contains b", ui.OpWithin: "a is within b", ui.OpMissing: "a is not set",
	} {
		if got := v.Condition("a", op, "b"); got != want {
			t.Errorf("Condition(%s) = %q, want %q", op, got, want)
		}
	}
}
