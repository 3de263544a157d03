package importer_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/account"
	"github.com/minori-hq/minori/importer"
	"github.com/minori-hq/minori/metric"
	"github.com/minori-hq/minori/revenue"
)

// sink takes what the importer maps, without storing it.
type sink struct {
	facts  []account.FactRow
	terms  []revenue.FactRow
	events []metric.EventRow
	points []metric.PointRow
}

type (
	sinkAccounts struct{ *sink }
	sinkRevenue  struct{ *sink }
	sinkLake     struct{ *sink }
	sinkRuns     struct{}
)

func (s sinkAccounts) Import(_ context.Context, _ minori.Actor, _ account.Run, rows []account.FactRow) (account.Report, error) {
	s.facts = append(s.facts, rows...)
	return account.Report{Created: len(rows)}, nil
}

func (s sinkAccounts) EndMissing(context.Context, minori.Actor, account.Run, []metric.Hash) (int, error) {
	return 0, nil
}

func (s sinkAccounts) IDs(_ context.Context, _ minori.Actor, kind account.Kind) (map[string]minori.ID, error) {
	if kind == account.KindPerson {
		return map[string]minori.ID{"P1": 51}, nil
	}
	return map[string]minori.ID{"A1": 1, "A2": 2}, nil
}

func (s sinkRevenue) Import(_ context.Context, _ minori.Actor, _ account.Run, rows []revenue.FactRow) (account.Report, error) {
	s.terms = append(s.terms, rows...)
	return account.Report{Created: len(rows)}, nil
}

func (s sinkRevenue) EndMissing(context.Context, minori.Actor, account.Run, []metric.Hash) (int, error) {
	return 0, nil
}

func (s sinkRevenue) SubscriptionAccounts(context.Context, minori.Actor) (map[string]minori.ID, error) {
	return map[string]minori.ID{"S1": 1, "S2": 2}, nil
}

func (s sinkLake) Ingest(_ context.Context, in metric.Ingest) (metric.IngestReport, error) {
	s.events = append(s.events, in.Events...)
	s.points = append(s.points, in.Points...)
	return metric.IngestReport{Created: len(in.Events) + len(in.Points)}, nil
}

func (s sinkLake) EndMissing(context.Context, int64, int64) (int, error) { return 0, nil }

func (sinkRuns) BeginImport(context.Context, account.ImportRun) (int64, error)    { return 1, nil }
func (sinkRuns) FinishImport(context.Context, int64, int64, string) error         { return nil }
func (sinkRuns) DryRun(ctx context.Context, fn func(context.Context) error) error { return fn(ctx) }

// mapped imports one file without stores: the lines of a CSV file, whose
// workspace is in Tokyo.
func mapped(t *testing.T, s importer.Source, lines ...string) (*sink, importer.Report) {
	t.Helper()
	w := &world{t: t, dir: t.TempDir()}
	w.file(s.Files, lines...)
	out := &sink{}
	service := importer.NewService(importer.Config{
		Accounts: sinkAccounts{out}, Revenue: sinkRevenue{out}, Lake: sinkLake{out}, Runs: sinkRuns{},
		Zone: zone(t, "Asia/Tokyo"), Clock: func() time.Time { return time.Unix(1735646400, 0) },
		Fields: func(context.Context) ([]account.Field, error) { return customFields(), nil },
		Metrics: func(context.Context) (map[string]metric.Ref, error) {
			return map[string]metric.Ref{"usage.seats": {ID: 900, Kind: metric.Gauge}, "usage.feature": {ID: 901, Kind: metric.Event}}, nil
		},
	})
	r, err := service.Run(context.Background(), admin, importer.Request{Sources: []importer.Bound{{Source: s, ID: 1}}, Input: w.input()})
	if err != nil {
		t.Fatal(err)
	}
	for i := range out.facts {
		out.facts[i].Row = metric.Row{}
	}
	for i := range out.terms {
		out.terms[i].Row = metric.Row{}
	}
	for i := range out.events {
		out.events[i].Row = metric.Row{}
	}
	for i := range out.points {
		out.points[i].Row = metric.Row{}
	}
	return out, r
}

func dayOf(t *testing.T, s string) *minori.Day {
	d := must[minori.Day](t)(minori.ParseDay(s))
	return &d
}

func at(t *testing.T, s string) int64 {
	return must[time.Time](t)(time.Parse(time.RFC3339, s)).UnixMicro()
}

func ptr[T any](v T) *T { return &v }

func TestFactTargets(t *testing.T) {
	tests := []struct {
		name   string
		source importer.Source
		lines  []string
		want   account.FactRow
	}{
		{"account", source("x", "account", "x.csv", "id", "id=id", "name=n", "parent=p", "industry=i", "country=c", "csm=m", "tier:=Gold",
			"seats=s", "signed_up=u", "valid_from=v", "fields.region=r", "fields.employees=e", "fields.budget=b", "fields.strategic=g",
			"fields.kickoff=k", "fields.stage=t"),
			[]string{"id,n,p,i,c,m,s,u,v,r,e,b,g,k,t", "A9, 株式会社 みのり ,A1,Food,JP,ann@example.com,12,2024-01-31,2024-02-01,East,30,1234.5,yes,2024/3/1,live"},
			account.FactRow{ValidFrom: at(t, "2024-02-01T00:00:00+09:00"), Account: &account.Account{
				Key: "A9", Name: "株式会社 みのり", Parent: "A1", Industry: "Food", Country: "JP", CSM: "ann@example.com", Tier: "Gold",
				Seats: ptr(12.0), SignedUp: dayOf(t, "2024-01-31"), Fields: map[string]account.Value{
					"region": account.Text("East"), "employees": account.Number(30), "budget": account.Number(1234.5),
					"strategic": account.Bool(true), "kickoff": account.Date(*dayOf(t, "2024-03-01")), "stage": account.Text("live"),
				}}}},
		{"account with empty cells", source("x", "account", "x.csv", "id", "id=id", "name=n", "seats=s", "signed_up=u", "fields.strategic=g", "fields.stage=t"),
			[]string{"id,n,s,u,g,t", "A9,,,,,"}, account.FactRow{Account: &account.Account{Key: "A9", Fields: map[string]account.Value{}}}},
		{"person", source("x", "person", "x.csv", "id", "id=id", "name=n", "email=e", "manager=m", "role=r", "team=t", "hired=h", "left=l", "leave_reason=w", "fields.grade=g"),
			[]string{"id,n,e,m,r,t,h,l,w,g", "P9,Ann,ann@example.com,P1,CSM,East,2020-04-01,2024-03-31,moved,3"},
			account.FactRow{Person: &account.Person{
				Key: "P9", Name: "Ann", Email: "ann@example.com", Manager: "P1", Role: "CSM", Team: "East", Hired: dayOf(t, "2020-04-01"),
				Left: dayOf(t, "2024-03-31"), LeaveReason: "moved", Fields: map[string]account.Value{"grade": account.Number(3)}}}},
		{"contact", source("x", "contact", "x.csv", "id", "id=id", "account=a", "name=n", "email=e", "role=r", "title=t"),
			[]string{"id,a,n,e,r,t", "C1,A1,Bo,bo@example.com,sponsor,CFO"},
			account.FactRow{Contact: &account.Contact{Key: "C1", AccountKey: "A1", Name: "Bo", Email: "bo@example.com", Role: "sponsor", Title: "CFO"}}},
		{"ticket", source("x", "ticket", "x.csv", "id", "id=id", "account=a", "opened=o", "closed=c", "priority=p", "status=s", "first_response_minutes=f", "csat=v"),
			[]string{"id,a,o,c,p,s,f,v", "T1,A1,2024-01-02 09:00:00,2024-01-02T01:30:00Z,urgent,closed,12.5,4"},
			account.FactRow{Ticket: &account.Ticket{
				Key: "T1", AccountKey: "A1", Opened: at(t, "2024-01-02T00:00:00Z"), Closed: ptr(at(t, "2024-01-02T01:30:00Z")),
				Priority: "urgent", Status: "closed", FirstResponseMinutes: ptr(12.5), CSAT: ptr(4.0)}}},
		{"open ticket", source("x", "ticket", "x.csv", "", "account=a", "opened=o", "closed=c"),
			[]string{"a,o,c", "A1,2024-01-02,"}, account.FactRow{Ticket: &account.Ticket{AccountKey: "A1", Opened: at(t, "2024-01-02T00:00:00+09:00")}}},
		{"churn on the workspace's day", source("x", "churn", "x.csv", "", "account=a", "date=d", "reason=r", "comment=c"),
			[]string{"a,d,r,c", `A1,2024-01-01T20:00:00Z,price,"=HYPERLINK(""x"") too dear"`},
			account.FactRow{Churn: &account.Churn{AccountKey: "A1", Date: *dayOf(t, "2024-01-02"), Reason: "price", Comment: `=HYPERLINK("x") too dear`}}},
		{"interaction", source("x", "interaction", "x.csv", "", "account=a", "time=t", "type~row.kind.lowerAscii()", "title=s", "text=b"),
			[]string{"a,t,kind,s,b", `A1,2024-01-02 10:00,CALL,Hello," two` + "\n" + `lines "`},
			account.FactRow{Interaction: &account.Interaction{AccountKey: "A1", Time: at(t, "2024-01-02T01:00:00Z"), Type: "call", Title: "Hello", Text: " two\nlines "}}},
		{"answer", source("x", "answer", "x.csv", "", "survey:=nps", "account=a", "contact=c", "time=t", "score=s", "comment=k"),
			[]string{"a,c,t,s,k", "A1,C1,2024-01-02T10:00:00+01:00,9,fine"},
			account.FactRow{Answer: &account.Answer{Survey: "nps", AccountKey: "A1", Contact: "C1", Time: at(t, "2024-01-02T09:00:00Z"), Score: ptr(9.0), Comment: "fine"}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, r := mapped(t, tt.source, tt.lines...)
			if diff := cmp.Diff([]account.FactRow{tt.want}, got.facts); diff != "" || r.RejectsTotal != 0 {
				t.Errorf("rejects %+v, facts %s", r.Rejects, diff)
			}
		})
	}
}

func TestRevenueTargets(t *testing.T) {
	tests := []struct {
		name   string
		source importer.Source
		lines  []string
		want   revenue.FactRow
	}{
		{"subscription", source("x", "subscription", "x.csv", "id", "id=id", "account=a", "product=p", "start=s", "end=e", "arr=v", "currency=c",
			"seats=n", "plan=l", "trial=t", "one_off=o", "fields.billing=b"),
			[]string{"id,a,p,s,e,v,c,n,l,t,o,b", "S9,A1,Core,2024-01-01,2025-01-01,12000.50,usd,10,Pro,no,TRUE,monthly"},
			revenue.FactRow{Subscription: &revenue.SubscriptionInput{
				Key: "S9", Account: "A1", Product: "Core", Start: dayOf(t, "2024-01-01"), End: dayOf(t, "2025-01-01"), ARR: ptr(12000.5), Currency: "USD",
				Seats: ptr(10.0), Plan: "Pro", OneOff: true, Fields: map[string]account.Value{"billing": account.Text("monthly")}}}},
		{"monthly", source("x", "subscription", "x.csv", "id", "id=id", "account=a", "start=s", "mrr~double(row.v) / 2.0"),
			[]string{"id,a,s,v", "S9,A1,2024-01-01,25"},
			revenue.FactRow{Subscription: &revenue.SubscriptionInput{Key: "S9", Account: "A1", Start: dayOf(t, "2024-01-01"), MRR: ptr(12.5)}}},
		{"rate", source("x", "rate", "x.csv", "", "currency=c", "day=d", "value=v"), []string{"c,d,v", "eur,2024-01-01,1.1"},
			revenue.FactRow{Rate: &metric.Rate{Currency: "EUR", Day: *dayOf(t, "2024-01-01"), Value: 1.1}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, r := mapped(t, tt.source, tt.lines...)
			if diff := cmp.Diff([]revenue.FactRow{tt.want}, got.terms); diff != "" || r.RejectsTotal != 0 {
				t.Errorf("rejects %+v, facts %s", r.Rejects, diff)
			}
		})
	}
}

func TestLakeTargets(t *testing.T) {
	got, r := mapped(t, source("x", "event", "x.csv", "", "name=n", "subscription=s", "actor=u", "time=t", "value=v",
		"properties.plan=p", "properties.count|number=c", "properties.beta|bool=b", "properties.on|date=d", "properties.a.b=q"),
		"n,s,u,t,v,p,c,b,d,q",
		`used,S2,ann,2024-01-02 08:30:00,2.5,Pro,3.50,1,2024/02/03,"a ""b"" \ 日本"`,
		"seen,S1,,2024-01-01,,,,,,")
	want := []metric.EventRow{
		{Subject: 2, Name: "used", Actor: "ann", Time: at(t, "2024-01-01T23:30:00Z"), Day: *dayOf(t, "2024-01-02"), Value: 2.5, HasValue: true,
			Properties: `{"a.b":"a \"b\" \\ 日本","beta":true,"count":3.5,"on":"2024-02-03","plan":"Pro"}`},
		{Subject: 1, Name: "seen", Time: at(t, "2024-01-01T00:00:00+09:00"), Day: *dayOf(t, "2024-01-01")},
	}
	if diff := cmp.Diff(want, got.events); diff != "" || r.RejectsTotal != 0 {
		t.Errorf("rejects %+v, events %s", r.Rejects, diff)
	}
	got, r = mapped(t, source("x", "point", "x.csv", "", "metric=m", "person=p", "time=t", "value=v"),
		"m,p,t,v", "usage.seats,P1,2024-01-02,7", "usage.seat,P1,2024-01-02,7", "usage.feature,P1,2024-01-02,7",
		"ticket.open,P1,2024-01-02,7", "usage.seats,P2,2024-01-02,7", "usage.seats,P1,2024-01-02,")
	points := []metric.PointRow{{Subject: 51, Metric: 900, Time: at(t, "2024-01-02T00:00:00+09:00"), Day: *dayOf(t, "2024-01-02"), Value: 7}}
	if diff := cmp.Diff(points, got.points); diff != "" {
		t.Error(diff)
	}
	w := &world{t: t}
	w.rejected(r, `3 m: did you mean "usage.seats"?`, "4 m: counted from events", "5 m: made from records", `6 p: no person with the id "P2"`, "7 v: value is empty")
}

func TestTimeZoneOfSource(t *testing.T) {
	s := source("x", "event", "x.csv", "", "name:=x", "account=a", "time=t")
	s.Options.TimeZone = "America/New_York"
	got, _ := mapped(t, s, "a,t", "A1,2024-03-10 02:30:00", "A1,2024-11-03 01:30:00", "A1,2024-03-10", "A1,2024-03-10T02:30:00Z")
	want := []string{"2024-03-10T07:30:00Z", "2024-11-03T05:30:00Z", "2024-03-09T15:00:00Z", "2024-03-10T02:30:00Z"}
	days := []string{"2024-03-10", "2024-11-03", "2024-03-10", "2024-03-10"}
	for i, e := range got.events {
		if e.Time != at(t, want[i]) || e.Day.String() != days[i] {
			t.Errorf("%d: %s on %s, want %s on %s", i, time.UnixMicro(e.Time).UTC(), e.Day, want[i], days[i])
		}
	}
}

func TestRejectedValues(t *testing.T) {
	long := string(make([]byte, 0, 600))
	for range 501 {
		long += "あ"
	}
	tests := []struct {
		name, into, mapping, cell, want string // want is a part of the reason, "" if the row is taken
	}{
		{"NaN", "account", "seats", "NaN", "leave the cell empty"},
		{"infinity", "account", "seats", "-Infinity", "leave the cell empty"},
		{"thousands", "account", "seats", `"1,200"`, "without thousands separators"},
		{"unit", "account", "seats", "12 seats", "without thousands separators"},
		{"currency sign", "account", "fields.budget", "$12", "write digits only"},
		{"hexadecimal", "account", "seats", "0x10", "write digits only"},
		{"too large", "account", "fields.employees", "1e300", "the most that is kept"},
		{"beyond floating point", "account", "fields.employees", "1e999", "the most that is kept"},
		{"largest amount", "account", "fields.budget", "1e15", ""},
		{"larger amount", "account", "fields.budget", "1000000000000001", "larger than 1000000000000000"},
		{"negative zero", "account", "fields.employees", "-0", ""},
		{"no such day", "account", "signed_up", "2023-02-29", "a day that does not exist"},
		{"no such time", "account", "valid_from", "2023-02-28 25:00:00", "a time of day that does not exist"},
		{"far year", "account", "signed_up", "9999-12-31", "outside the years 1900 to 2199"},
		{"long name", "account", "name", long, "501 characters; at most 500"},
		{"choice", "account", "fields.stage", "lve", `did you mean "live"?`},
		{"truth", "account", "fields.strategic", "maybe", "means neither true nor false"},
		{"formula", "account", "name", "=1+1", ""},
		{"formula as number", "account", "seats", "=1+1", "write digits only"},
		{"blanks only", "account", "seats", "   ", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, r := mapped(t, source("x", tt.into, "x.csv", "id", "id=id", tt.mapping+"=cell column"), "id,cell column", "A9,"+tt.cell)
			w := &world{t: t}
			if tt.want == "" {
				w.rejected(r)
				if len(got.facts) != 1 {
					t.Error("the row is missing")
				}
				return
			}
			if len(r.Rejects) != 1 || r.Rejects[0].Column != "cell column" || r.Rejects[0].Line != 2 {
				t.Fatalf("got %+v", r.Rejects)
			}
			r.Rejects[0].Column = "c"
			w.rejected(r, "2 c: "+tt.want)
		})
	}
}
