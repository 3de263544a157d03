package recordstest

import (
	"context"
	"fmt"
	"os"
	"testing"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/account"
	"github.com/minori-hq/minori/store/records"
)

// batch is how many accounts one batch of the killed process has.
const batch = 50

// ImportUntilKilled imports batches of accounts into the store at a URL until
// the process is killed, and writes the number of each acknowledged batch to
// standard output.
func ImportUntilKilled(url string) {
	db, err := records.Open(context.Background(), url)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	e := envOver(db)
	ids, err := db.AllSubjectIDs(e.ctx, account.KindAccount)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	for n := len(ids) / batch; ; n++ {
		run := account.Run{Source: 1, Import: 1, Time: 1}
		if _, err := e.accounts.Import(e.ctx, e.admin, run, numbered(n)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		fmt.Println(n)
	}
}

func numbered(n int) []account.FactRow {
	rows := make([]account.FactRow, batch)
	for i := range rows {
		rows[i] = row(i, account.Account{Key: fmt.Sprintf("B-%d-%d", n, i), Name: "x", Tier: "y"})
	}
	return rows
}

// CheckKilled fails unless the store holds every acknowledged batch and no
// part of another: accounts, import rows and deltas go together.
func CheckKilled(t testing.TB, url string, acknowledged int) {
	t.Helper()
	db, err := records.Open(context.Background(), url)
	check(t, err)
	defer db.Close()
	e := envOver(db)
	ids, err := db.AllSubjectIDs(e.ctx, account.KindAccount)
	check(t, err)
	if len(ids)%batch != 0 || len(ids) < acknowledged*batch || len(ids) > (acknowledged+1)*batch {
		t.Fatalf("%d accounts after %d batches of %d", len(ids), acknowledged, batch)
	}
	d, last := e.outbox(t, 0)
	if len(d.Subjects) != len(ids) || len(d.Fields) != 2*len(ids) || int(last) < len(ids)/batch {
		t.Fatalf("%d accounts, but %d subjects and %d fields in the outbox", len(ids), len(d.Subjects), len(d.Fields))
	}
	for n := range len(ids) / batch {
		keys := make([]string, batch)
		rows := numbered(n)
		for i := range rows {
			keys[i] = rows[i].Account.Key
		}
		found, err := db.SubjectIDs(e.ctx, account.KindAccount, keys)
		check(t, err)
		seen := map[minori.ID]bool{}
		for _, id := range found {
			seen[id] = true
		}
		if len(seen) != batch {
			t.Fatalf("batch %d has %d accounts", n, len(seen))
		}
	}
}
