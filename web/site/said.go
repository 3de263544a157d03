package site

import (
	"fmt"
	"strconv"
	"strings"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/metric"
	"github.com/minori-hq/minori/web/ui"
)

// translated says an error of a service in Japanese; "" for English, where the
// message itself is right, and for sentences that are not known here.
func translated(v ui.View, e *minori.Error) string {
	if v.Lang() != minori.JA || e.Form == "" {
		return ""
	}
	key := serviceKey(e.Form)
	if key == "" {
		key = expressionKey(e.Form)
	}
	if key == "" {
		return ""
	}
	var args []any
	for i, a := range e.Args {
		args = append(args, strconv.Itoa(i), argumentWord(v, a))
	}
	return v.T(key, args...)
}

// argumentWord writes what fills a place of a sentence.
func argumentWord(v ui.View, a any) string {
	s := fmt.Sprint(a)
	if name, ok := strings.CutPrefix(s, ", did you mean "); ok {
		return v.T("said.did-you-mean", "name", strings.Trim(strings.TrimSuffix(name, "?"), `"`))
	}
	switch s {
	case "the expression ends too early":
		return v.T("said.ends-early")
	case "= is not an operator: write == to compare":
		return v.T("said.write-equals")
	case "write && for and":
		return v.T("said.write-and")
	case "write || for or":
		return v.T("said.write-or")
	case "write ! for not":
		return v.T("said.write-not")
	}
	return strings.NewReplacer(metric.Number.String(), v.T("said.number"), metric.Text.String(), v.T("said.text"), metric.Bool.String(), v.T("said.boolean"), " and ", v.T("said.and")).Replace(s)
}

// serviceKey gives the message for what services refuse most often.
func serviceKey(form string) string {
	switch form {
	case "write a comment before saving it":
		return "said.no-comment"
	case "close with the result %q, %q or %q":
		return "said.no-result"
	case "snooze until a day after today (%s) and within a year":
		return "said.snooze"
	case "call %d is closed; a closed call stays as it is":
		return "said.closed"
	case "choose at least one call to action":
		return "said.choose-call"
	case "this change cannot be taken back any more":
		return "said.no-undo"
	case "this change was taken back already":
		return "said.undone"
	case "this change was made too long ago to be taken back":
		return "said.undo-late"
	case "say why the score is overridden":
		return "said.override-why"
	case "a score lies between 0 and 100, not %g":
		return "said.override-range"
	case "an override has an end, after its beginning":
		return "said.override-end"
	case "the comment is longer than %d bytes":
		return "said.comment-long"
	case "this was changed after you opened it; look at it again before you save":
		return "said.changed"
	}
	return ""
}

// expressionKey gives the message for what is wrong with an expression or a
// definition most often.
func expressionKey(form string) string {
	switch form {
	case "a condition must be true or false, but this is %s":
		return "said.not-condition"
	case "the expression is empty":
		return "said.empty"
	case "the expression cannot be read: %s":
		return "said.unreadable"
	case "this must be %s, but it is %s":
		return "said.wrong-type"
	case "%s takes %s, not %s":
		return "said.operands"
	case "there is no function %s%s":
		return "said.no-function"
	case "there is no metric %q%s":
		return "said.no-metric"
	case "there is no measure %q%s":
		return "said.no-measure"
	case "there is no scorecard %q%s":
		return "said.no-scorecard"
	case "there is no %s.%s%s":
		return "said.no-attribute"
	case "there is no %s: attributes are written %s.name%s":
		return "said.attribute-form"
	case "%s is written %s":
		return "said.usage"
	case "%s must be a text in quotes":
		return "said.quotes"
	}
	return ""
}
