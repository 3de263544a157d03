package site

import (
	"strings"
	"testing"
	"time"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/measure"
	"github.com/minori-hq/minori/metric"
	"github.com/minori-hq/minori/text"
	"github.com/minori-hq/minori/web/ui"
)

func TestErrorsInJapanese(t *testing.T) {
	messages, err := text.Load()
	if err != nil {
		t.Fatal(err)
	}
	env := &measure.Env{Kind: minori.Account, Metrics: map[string]metric.Ref{"usage.login": {Name: "usage.login", Kind: metric.Counter}}}
	wrong := func(source string) error {
		_, err := measure.Condition(source, minori.Position{}, env)
		return err
	}
	for _, c := range []struct {
		err    error
		en, ja string
	}{
		{wrong(`sum("usage.login", "7d")`), "a condition must be true or false, but this is a number", "条件には真偽値となる式が必要ですが、この式は数値です"},
		{wrong(""), "the expression is empty", "式が入力されていません"},
		{wrong(`smu("usage.login", "7d") > 1`), `there is no function smu, did you mean "sum"?`, "関数「smu」はありません。「sum」ではありませんか"},
		{wrong(`sum("usage.logins", "7d") > 1`), `there is no metric "usage.logins", did you mean "usage.login"?`, "計測項目「usage.logins」はありません。「usage.login」ではありませんか"},
		{wrong(`sum("usage.login", "7d") >`), "the expression ends too early", "式を解釈できません: 式が途中で終わっています"},
		{minori.Errorf(minori.Invalid, "write a comment before saving it"), "Write a comment before saving it", "コメントを入力してから保存してください"},
		{minori.Errorf(minori.Invalid, "Nobody says this in Japanese"), "Nobody says this in Japanese", "Nobody says this in Japanese"},
	} {
		for lang, want := range map[minori.Lang]string{minori.EN: c.en, minori.JA: c.ja} {
			got := FormMessage(ui.View{Printer: messages.Printer(lang, time.UTC)}, c.err)
			if !strings.HasSuffix(strings.ToLower(got), strings.ToLower(want)) {
				t.Errorf("in %s: got %q, want %q", lang, got, want)
			}
		}
	}
}
