package site

import (
	"context"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/account"
	"github.com/minori-hq/minori/action"
	"github.com/minori-hq/minori/evaluate"
	"github.com/minori-hq/minori/metric"
	"github.com/minori-hq/minori/resource"
	"github.com/minori-hq/minori/revenue"
)

// Services is what the pages read and do.
type Services struct {
	Accounts  Accounts
	Revenue   Revenue
	Actions   Actions
	Resources Resources
	Evaluate  Evaluations
	Lake      Lake
	Reports   Reports
	Overrides Overrides
	Standings Standings
	Profiles  Profiles
	Readings  Readings
	Find      Finder
	Desk      Desk
	Bulk      Bulk
	Live      Live
	Notices   Notices
	Boards    Boards
	Editing   Editing
	Users     Users
	Rows      Rows
	Views     Views
	Edits     Edits
	Webhooks  Webhooks
	Health    Health
	Demo      Demo // nil except in a demo
}

// Accounts is read by the pages about accounts.
type Accounts interface {
	ByKey(ctx context.Context, actor minori.Actor, kind minori.SubjectKind, key string) (minori.Subject, error)
	Labels(ctx context.Context, actor minori.Actor, ids []minori.ID) (map[minori.ID]account.Label, error)
	Account(ctx context.Context, actor minori.Actor, id minori.ID) (account.Account, error)
	Accounts(ctx context.Context, actor minori.Actor, ids []minori.ID) (map[minori.ID]account.Account, error)
	Person(ctx context.Context, actor minori.Actor, id minori.ID) (account.Person, error)
	Persons(ctx context.Context, actor minori.Actor, page minori.Page) ([]account.Person, error)
	PersonsByRef(ctx context.Context, refs []string) (map[string]minori.ID, error)
	Contacts(ctx context.Context, actor minori.Actor, account minori.ID, page minori.Page) ([]account.Contact, error)
	Tickets(ctx context.Context, actor minori.Actor, account minori.ID, page minori.Page) ([]account.Ticket, error)
	Churns(ctx context.Context, actor minori.Actor, account minori.ID, page minori.Page) ([]account.Churn, error)
	Interactions(ctx context.Context, actor minori.Actor, account minori.ID, page minori.Page) ([]account.Interaction, error)
	Answers(ctx context.Context, actor minori.Actor, account minori.ID, page minori.Page) ([]account.Answer, error)
}

// Revenue is read by the pages that show money.
type Revenue interface {
	Currency() string
	Subscriptions(ctx context.Context, actor minori.Actor, acc minori.ID) ([]revenue.Subscription, error)
	Entries(ctx context.Context, actor minori.Actor, accounts []minori.ID, upTo *minori.Day) ([]revenue.Entry, error)
	RatesAt(ctx context.Context, actor minori.Actor, day minori.Day) (revenue.Rates, error)
}

// Actions reads and works calls to action.
type Actions interface {
	Today() minori.Day
	List(ctx context.Context, actor minori.Actor, f action.Filter, page minori.Page) ([]action.Call, int, error)
	Get(ctx context.Context, actor minori.Actor, id int64) (action.Call, error)
	Assign(ctx context.Context, actor minori.Actor, id, version int64, person minori.ID) (action.Call, error)
	SetStatus(ctx context.Context, actor minori.Actor, id, version int64, status action.Status) (action.Call, error)
	Snooze(ctx context.Context, actor minori.Actor, id, version int64, until minori.Day) (action.Call, error)
	Close(ctx context.Context, actor minori.Actor, id, version int64, outcome action.Outcome, comment string) (action.Call, error)
	Comment(ctx context.Context, actor minori.Actor, id int64, text string) (action.Call, error)
	SetTask(ctx context.Context, actor minori.Actor, id, version int64, task string, done bool) (action.Call, error)
}

// Resources reads the definitions and their history.
type Resources interface {
	Load(ctx context.Context) (*resource.Config, error)
	Versions(ctx context.Context, actor minori.Actor, page minori.Page) ([]resource.Version, error)
	Show(ctx context.Context, actor minori.Actor, number int64) (resource.Shown, error)
}

// Evaluations explains scores.
type Evaluations interface {
	Scores(ctx context.Context, actor minori.Actor, kind minori.SubjectKind, name string, asOf minori.AsOf, subjects []minori.ID) ([]evaluate.Scored, error)
	Explain(ctx context.Context, actor minori.Actor, name string, subject minori.Subject, asOf minori.AsOf, since *minori.AsOf) (evaluate.Change, error)
}

// Lake reads lists and what was kept of the past, of the subjects and fields
// that the actor sees.
type Lake interface {
	// List gives a page of the projection of current fields, measures and scores.
	List(ctx context.Context, actor minori.Actor, q ListQuery) (ListPage, error)
	// Steps gives the as-ofs of the newest evaluation of each of the last n
	// weeks up to a day, oldest first.
	Steps(ctx context.Context, kind minori.SubjectKind, upTo minori.Day, weeks int) ([]minori.AsOf, error)
	// ScoresOf gives the known stored scores of some subjects at exactly these
	// as-ofs; only Subject, AsOf, Day and Score are filled.
	ScoresOf(ctx context.Context, actor minori.Actor, subjects []minori.ID, scorecard int64, at []minori.AsOf) ([]ScoreDay, error)
	// ScoreHistory gives the stored scores of a subject between two days, oldest first.
	ScoreHistory(ctx context.Context, actor minori.Actor, subject minori.ID, scorecard int64, from, to minori.Day) ([]ScoreDay, error)
	// ScoreDistribution counts stored scores of each as-of by band and tenth.
	ScoreDistribution(ctx context.Context, actor minori.Actor, scorecard int64, from, to minori.Day) ([]ScoreBin, error)
	// SeriesOf gives the days with a point of some metrics of a subject, by
	// metric, oldest first.
	SeriesOf(ctx context.Context, actor minori.Actor, subject minori.ID, metrics []metric.Ref, from, to minori.Day) (map[int64][]DayPoint, error)
	// FieldHistory gives all steps of all fields of a subject by field and time.
	FieldHistory(ctx context.Context, actor minori.Actor, subject minori.ID) ([]metric.FieldValue, error)
	// Freshness gives the latest point of every metric over all subjects.
	Freshness(ctx context.Context, asOf minori.AsOf) (map[int64]evaluate.Latest, error)
}

// Reports gives what several services make together.
type Reports interface {
	Preview(ctx context.Context, actor minori.Actor, name string, days evaluate.Range, progress func(done, total int)) (evaluate.PreviewResult, error)
	Retention(ctx context.Context, actor minori.Actor, from, to minori.Day, by string) (revenue.Retention, error)
	// Rollback goes back to an earlier version of the definitions.
	Rollback(ctx context.Context, actor minori.Actor, version int64, comment string) (resource.Applied, error)
}
