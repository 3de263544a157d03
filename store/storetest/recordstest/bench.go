package recordstest

import (
	"fmt"
	"testing"
	"time"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/account"
	"github.com/minori-hq/minori/action"
	"github.com/minori-hq/minori/revenue"
)

// Sizes of the benchmarks.
const (
	benchAccounts = 100_000
	benchBatch    = 10_000
	benchCalls    = 10_000
)

// BenchmarkImport imports 100,000 accounts of six fields, the same again, a
// subscription for each and a ticket for each, and reports rows per second.
func BenchmarkImport(b *testing.B, open Open) {
	for b.Loop() {
		e := newEnv(b, open)
		rows := make([]account.FactRow, benchAccounts)
		subs := make([]revenue.FactRow, benchAccounts)
		tickets := make([]account.FactRow, benchAccounts)
		start := minori.Day(19000)
		for i := range rows {
			key := fmt.Sprintf("A-%d", i)
			seats, mrr := float64(i%500), float64(i%1000)
			rows[i] = row(i, account.Account{Key: key, Name: fmt.Sprintf("Company %d", i), Tier: "Pro", Country: "JP", Industry: "SaaS",
				Seats: &seats, SignedUp: &start})
			subs[i] = sub(i, revenue.SubscriptionInput{Key: "S-" + key, Account: key, Start: &start, MRR: &mrr, Plan: "Pro"})
			tickets[i] = ticket(i, "T-"+key, key, int64(i)*1e9, ptr(int64(i)*1e9+hour), "high")
		}
		timed(b, "accounts/s", func(run account.Run, at int) { e.mustImport(b, run, rows[at:at+benchBatch]) }, e.run(1))
		timed(b, "unchanged/s", func(run account.Run, at int) { e.mustImport(b, run, rows[at:at+benchBatch]) }, e.run(1))
		timed(b, "subscriptions/s", func(run account.Run, at int) { e.mustImportSubs(b, run, subs[at:at+benchBatch]...) }, e.run(2))
		timed(b, "tickets/s", func(run account.Run, at int) { e.mustImport(b, run, tickets[at:at+benchBatch]) }, e.run(3))
	}
}

func timed(b *testing.B, unit string, fn func(run account.Run, at int), run account.Run) {
	began := time.Now()
	for at := 0; at < benchAccounts; at += benchBatch {
		fn(run, at)
	}
	b.ReportMetric(benchAccounts/time.Since(began).Seconds(), unit)
}

// BenchmarkOpen opens 10,000 calls with two tasks each in one transaction,
// and the same again.
func BenchmarkOpen(b *testing.B, open Open) {
	for b.Loop() {
		e := newEnv(b, open)
		e.withAccounts(b, benchCalls)
		ids, err := e.accounts.IDs(e.ctx, e.admin, account.KindAccount)
		check(b, err)
		base := e.request(b, "A-0", 1, "2024-03-01")
		var reqs []action.OpenRequest
		for key, id := range ids {
			r := base
			r.Subject = minori.Subject{Kind: minori.Account, ID: id, Key: key}
			reqs = append(reqs, r)
		}
		began := time.Now()
		e.mustOpen(b, reqs...)
		b.ReportMetric(float64(len(reqs))/time.Since(began).Seconds(), "calls/s")
		began = time.Now()
		e.mustOpen(b, reqs...)
		b.ReportMetric(float64(len(reqs))/time.Since(began).Seconds(), "replayed/s")
	}
}
