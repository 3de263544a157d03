package document

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/account"
	"github.com/minori-hq/minori/action"
	"github.com/minori-hq/minori/measure"
	"github.com/minori-hq/minori/metric"
	"github.com/minori-hq/minori/resource/yamltree"
	"github.com/minori-hq/minori/rule"
	"github.com/minori-hq/minori/segment"
)

// value decodes the document into its typed definition.
func (r *reader) value(n *yamltree.Node) {
	switch r.doc.Kind {
	case KindWorkspace:
		r.workspace(n)
	case KindField:
		r.field(n)
	case KindSource:
		r.source(n)
	case KindMetric:
		r.metric(n)
	case KindMeasure:
		r.measure(n)
	case KindScorecard:
		r.scorecard(n)
	case KindSegment:
		r.segment(n)
	case KindRule:
		r.rule(n)
	case KindPlaybook:
		r.playbook(n)
	case KindDashboard:
		r.dashboard(n)
	}
}

// document opens the document with the keys that all kinds have and its own,
// and reads its name and title.
func (r *reader) document(n *yamltree.Node, example string, keys ...string) (o object, title minori.Text) {
	what := "the " + strings.ToLower(r.doc.Kind)
	o, _ = r.object(n, "", what, append([]string{"kind", "name", "title"}, keys...)...)
	if r.doc.Kind == KindField {
		r.doc.Name = o.text("name")
		if n.Get("name") == nil {
			o.need("name", example)
		}
	} else {
		r.doc.Name = o.name("name", example)
	}
	return o, o.title("title")
}

func (r *reader) workspace(n *yamltree.Node) {
	w := r.doc.Value.(*minori.Workspace)
	r.doc.Name = WorkspaceName
	o, _ := r.object(n, "", "the workspace", "kind", "name", "currency", "time_zone", "lang", "fiscal_year_start", "fiscal_year_named", "country")
	if o.node.Get("name") != nil {
		o.name("name", "name: workspace")
	}
	if o.need("currency", "currency: USD") != nil {
		w.Currency = o.text("currency")
		if !minori.ValidCurrency(w.Currency) {
			o.fail(r.doc.At("currency"), "currency", "%q is not a currency: write its three capital letters, such as USD", Clip(w.Currency))
		}
	}
	if o.need("time_zone", "time_zone: UTC") != nil {
		w.TimeZone = o.text("time_zone")
		o.zone("time_zone", w.TimeZone)
	}
	w.Lang = minori.Lang(o.word("lang", false, string(minori.EN), string(minori.JA)))
	month := o.number("fiscal_year_start", 1)
	if month != float64(int(month)) || month < 1 || month > 12 {
		o.fail(r.doc.At("fiscal_year_start"), "fiscal_year_start", "fiscal_year_start is a month from 1 to 12")
	}
	w.FiscalYearStart = int(month)
	w.FiscalYearNamed = o.word("fiscal_year_named", false, "start", "end")
	w.Country = o.text("country")
	if w.Country != "" && (len(w.Country) != 2 || strings.Trim(w.Country, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "") {
		o.fail(r.doc.At("country"), "country", "%q is not a country: write its two capital letters, such as JP", Clip(w.Country))
	}
}

// zone checks the name of a time zone.
func (o object) zone(key, name string) {
	if _, err := time.LoadLocation(name); name == "" || name == "Local" || err != nil {
		o.fail(o.doc.At(o.at(key)), o.at(key), "%q is not a time zone: write a name such as UTC, Europe/Berlin or Asia/Tokyo", Clip(name))
	}
}

func (r *reader) field(n *yamltree.Node) {
	f := r.doc.Value.(*account.Field)
	o, title := r.document(n, "name: account.region", "type", "unit", "options", "read", "write")
	f.Name, f.Title, f.Unit = r.doc.Name, title, o.text("unit")
	f.Type = account.FieldType(o.word("type", true, string(account.FieldText), string(account.FieldNumber), string(account.FieldMoney),
		string(account.FieldBool), string(account.FieldDate), string(account.FieldChoice)))
	f.Options = o.texts("options")
	if what := badFieldName(f.Name); what != "" && f.Name != "" {
		o.fail(r.doc.At("name"), "name", "%q cannot name a field: %s", Clip(f.Name), what)
	}
	switch {
	case f.Type == account.FieldChoice && len(f.Options) == 0:
		o.fail(r.doc.At("type"), "options", "a field of type choice needs options: write options: [a, b]")
	case f.Type != account.FieldChoice && len(f.Options) > 0:
		o.fail(r.doc.At("options"), "options", "only a field of type choice has options")
	}
	for i, x := range f.Options {
		if x == "" || slices.Contains(f.Options[:i], x) {
			o.fail(r.doc.At(o.item("options", i)), o.item("options", i), "the option %q is empty or stands twice: remove it", Clip(x))
		}
	}
	f.Read, f.Write = o.roles("read"), o.roles("write")
	for _, role := range f.Write {
		if !f.Readable(role) {
			o.fail(r.doc.At("write"), "write", "%s may not read the field, so it cannot change it: add it to read", role)
		}
	}
}

// roles reads a list of roles.
func (o object) roles(key string) []minori.Role {
	var names []string
	for _, role := range minori.Roles() {
		names = append(names, string(role))
	}
	var out []minori.Role
	for i, name := range o.texts(key) {
		at := o.item(key, i)
		switch {
		case !slices.Contains(names, name):
			o.fail(o.doc.At(at), at, "%q is no role%s", Clip(name), minori.DidYouMean(name, names))
		case slices.Contains(out, minori.Role(name)):
			o.fail(o.doc.At(at), at, "the role %q stands twice: remove it", name)
		default:
			out = append(out, minori.Role(name))
		}
	}
	if x := o.get(key); x != nil && x.Kind == yamltree.Sequence && len(x.Items) == 0 {
		o.fail(x.Pos, o.at(key), "name at least one role, or leave %s out for everybody", key)
	}
	return out
}

// badFieldName says what is wrong with the name of a field, or "".
func badFieldName(name string) string {
	prefix, rest, _ := strings.Cut(name, ".")
	switch {
	case !minori.SubjectKind(prefix).Valid():
		return "write account. or person. before it"
	case !regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]*$`).MatchString(rest) || len(rest) > 100:
		return "behind the dot write a letter, then letters, digits and _, at most 100"
	case slices.Contains(reservedWords(), rest):
		return rest + " is a word of the expression language; choose another"
	case slices.Contains(takenFields(minori.SubjectKind(prefix)), name):
		return "it is always there and need not be defined; choose another name"
	}
	return ""
}

// reservedWords gives the words that CEL keeps for itself.
func reservedWords() []string {
	return []string{
		"true", "false", "null", "in", "as", "break", "const", "continue", "else", "for", "function", "if", "import", "let", "loop",
		"package", "namespace", "return", "var", "void", "while",
	}
}

// takenFields gives the names of the standard and computed fields.
func takenFields(kind minori.SubjectKind) []string {
	names := []string{"account.id", "account.arr", "account.age_days", "account.days_to_renewal"}
	if kind == minori.Person {
		names = []string{"person.id", "person.tenure_days"}
	}
	for _, f := range account.StandardFields(kind) {
		names = append(names, f.Name)
	}
	return names
}

func (r *reader) metric(n *yamltree.Node) {
	m := r.doc.Value.(*metric.Metric)
	o, title := r.document(n, "name: usage.login", "type", "unit", "from", "fresh_within", "absent", "by")
	m.Name, m.Title, m.Unit = r.doc.Name, title, o.text("unit")
	m.Kind = metric.Kind(o.word("type", true, string(metric.Counter), string(metric.Gauge), string(metric.Event)))
	if from := o.get("from"); from != nil {
		x, _ := r.object(from, "from", "from", "event", "sum", "where", "actors")
		x.need("event", "event: feature_used")
		where, _ := x.expression("where", false, "")
		m.From = &metric.From{Event: x.text("event"), Sum: x.text("sum"), Where: where, Actors: x.truth("actors")}
	}
	if s := o.text("fresh_within"); s != "" {
		w, err := minori.ParseWindow(s)
		if err != nil {
			o.fail(r.doc.At("fresh_within"), "fresh_within", "%s", err)
		}
		m.FreshWithin = w
	}
	m.AbsentZero = o.word("absent", false, "unknown", "zero") == "zero"
	m.By = o.texts("by")
}

func (r *reader) measure(n *yamltree.Node) {
	m := r.doc.Value.(*measure.Definition)
	o, title := r.document(n, "name: adoption.trend", "subject", "value", "unit")
	m.Name, m.Title, m.Subject, m.Unit = r.doc.Name, title, o.subject(), o.text("unit")
	m.Value, m.Pos = o.expression("value", true, `value: sum("usage.login", "28d")`)
}

func (r *reader) segment(n *yamltree.Node) {
	s := r.doc.Value.(*segment.Segment)
	o, title := r.document(n, "name: enterprise", "subject", "when")
	s.Name, s.Title, s.Subject = r.doc.Name, title, o.subject()
	s.When, s.Pos = o.expression("when", true, `when: account.tier == "Enterprise"`)
}

func (r *reader) rule(n *yamltree.Node) {
	v := r.doc.Value.(*rule.Rule)
	o, title := r.document(n, "name: adoption-falling", "subject", "when", "for", "until", "cooldown", "then")
	v.Name, v.Title, v.Subject = r.doc.Name, title, o.subject()
	v.When, v.WhenPos = o.expression("when", true, `when: measure("adoption.trend") < -0.3`)
	v.Until, v.UntilPos = o.expression("until", false, "")
	v.For, v.Cooldown = o.duration("for"), o.duration("cooldown")
	o.need("then", "then: [{call_to_action: {type: risk, due: 3bd}}]")
	items := o.list("then")
	for i, item := range items {
		e, ok := r.object(item, o.item("then", i), "an effect", "call_to_action")
		if !ok {
			continue
		}
		if c := e.need("call_to_action", "call_to_action: {type: risk, due: 3bd}"); c != nil {
			v.Then = append(v.Then, rule.Effect{CallToAction: r.callToAction(c, e.at("call_to_action"))})
		}
	}
	if n.Get("then") != nil && n.Get("then").Kind == yamltree.Sequence && len(items) == 0 {
		o.fail(r.doc.At("then"), "then", "the rule does nothing: write an effect, such as call_to_action")
	}
}

func (r *reader) callToAction(n *yamltree.Node, path string) *rule.CallToAction {
	o, _ := r.object(n, path, "a call to action", "type", "reason", "priority", "owner", "due", "playbook", "on_recovery")
	c := &rule.CallToAction{
		Type:       o.word("type", true, rule.Types()...),
		Reason:     o.text("reason"),
		Priority:   "medium",
		Playbook:   o.text("playbook"),
		OnRecovery: o.word("on_recovery", false, rule.Keep, rule.Close),
	}
	if c.Reason == "" {
		c.Reason = r.doc.Name
	}
	if o.get("priority") != nil {
		c.Priority = o.word("priority", false, rule.Priorities()...)
	}
	if o.need("due", "due: 3bd") != nil {
		c.Due = rule.BusinessDays(o.businessDays("due"))
	}
	if owner := o.get("owner"); owner != nil {
		items := []*yamltree.Node{owner}
		if owner.Kind == yamltree.Sequence {
			items = o.list("owner")
		}
		for i, item := range items {
			s, _ := r.expr(item, o.item("owner", i))
			c.Owner = append(c.Owner, s)
		}
	}
	return c
}

// duration reads "7d", "2w", "12h" or "30min"; without the key none.
func (o object) duration(key string) rule.Duration {
	n := o.get(key)
	if n == nil {
		return rule.Duration{}
	}
	s, ok := o.scalar(n, o.at(key))
	if !ok {
		return rule.Duration{}
	}
	d, err := rule.ParseDuration(s)
	if err != nil {
		o.fail(n.Pos, o.at(key), "%s", err)
	}
	return d
}

// businessDays reads "3bd".
func (o object) businessDays(key string) int {
	n := o.get(key)
	s, ok := o.scalar(n, o.at(key))
	if !ok {
		return 0
	}
	d, err := rule.ParseBusinessDays(s)
	if err != nil {
		o.fail(n.Pos, o.at(key), "%s", err)
	}
	return int(d)
}

func (r *reader) playbook(n *yamltree.Node) {
	p := r.doc.Value.(*action.Playbook)
	o, title := r.document(n, "name: adoption-rescue", "subject", "tasks", "outcome")
	p.Name, p.Title, p.Subject = r.doc.Name, title, o.subject()
	p.Outcome, p.OutcomePos = o.expression("outcome", false, "")
	o.need("tasks", "tasks: [{name: call-sponsor, due: 1bd}]")
	items := o.list("tasks")
	for i, item := range items {
		t, ok := r.object(item, o.item("tasks", i), "a task", "name", "title", "due", "after", "role", "hours")
		if !ok {
			continue
		}
		task := action.PlaybookTask{Name: t.name("name", "name: call-sponsor"), Title: t.title("title"), After: t.texts("after"), Role: t.text("role")}
		if t.need("due", "due: 1bd") != nil {
			task.Due = t.businessDays("due")
		}
		if task.Hours = t.number("hours", 0); task.Hours < 0 || task.Hours > action.MaxTaskHours {
			o.fail(t.get("hours").Pos, t.at("hours"), "a task takes 0 to %d hours of work", action.MaxTaskHours)
		}
		p.Tasks = append(p.Tasks, task)
	}
	if x := n.Get("tasks"); x != nil && x.Kind == yamltree.Sequence && len(items) == 0 {
		o.fail(x.Pos, "tasks", "the playbook has no tasks: add one")
	}
	r.taskOrder(p)
}

// taskOrder checks that tasks wait for others that exist, without a circle.
func (r *reader) taskOrder(p *action.Playbook) {
	index := map[string]int{}
	var names []string
	for i, t := range p.Tasks {
		path := fmt.Sprintf("tasks[%d].name", i)
		if _, twice := index[t.Name]; twice {
			r.fail(r.doc.At(path), path, "the task %s stands twice: give one of them another name", t.Name)
			continue
		}
		index[t.Name] = i
		names = append(names, t.Name)
	}
	state := make([]int, len(p.Tasks)) // 0 untouched, 1 open, 2 done
	var visit func(i int, path []string)
	visit = func(i int, path []string) {
		state[i] = 1
		for k, after := range p.Tasks[i].After {
			at := fmt.Sprintf("tasks[%d].after[%d]", i, k)
			j, ok := index[after]
			switch {
			case !ok:
				r.fail(r.doc.At(at), at, "there is no task %q in this playbook%s", Clip(after), Suggest(after, names))
			case state[j] == 1:
				r.fail(r.doc.At(at), at, "the tasks wait for each other in a circle: %s", strings.Join(circle(append(path, p.Tasks[i].Name), after), " → "))
			case state[j] == 0:
				visit(j, append(path, p.Tasks[i].Name))
			}
		}
		state[i] = 2
	}
	for i := range p.Tasks {
		if state[i] == 0 {
			visit(i, nil)
		}
	}
}

// circle gives the part of a path that begins with name, closed by it.
func circle(path []string, name string) []string {
	if i := slices.Index(path, name); i >= 0 {
		path = path[i:]
	}
	return append(slices.Clone(path), name)
}
