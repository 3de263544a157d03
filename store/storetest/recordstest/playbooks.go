package recordstest

import (
	"testing"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/account"
	"github.com/minori-hq/minori/action"
)

// testPlaybookUse counts how playbooks were used, and by whom one sees.
func testPlaybookUse(t *testing.T, e *env) {
	check := func(err error) {
		t.Helper()
		check(t, err)
	}
	call := func(id int64, subject minori.ID, playbook string, status action.Status, outcome action.Outcome, openedAt int64) action.Call {
		return action.Call{ID: id, Version: 1, Subject: minori.Subject{Kind: minori.Account, ID: subject}, Type: "risk", Priority: "low",
			Status: status, Outcome: outcome, OpenedAsOf: openedAt, OpenedAt: openedAt, ClosedAt: map[bool]int64{true: 9}[status == action.StatusClosed], Playbook: playbook}
	}
	calls := []action.Call{
		call(1, 11, "rescue", action.StatusClosed, action.Success, 100), call(2, 12, "rescue", action.StatusNew, "", 200),
		call(3, 11, "rescue", action.StatusClosed, action.NoSuccess, 300), call(4, 11, "renew", action.StatusNew, "", 400), call(5, 11, "", action.StatusNew, "", 500),
	}
	task := func(call, doneAt int64) action.Task {
		return action.Task{Call: call, Name: "t", Done: doneAt > 0, DoneAt: doneAt}
	}
	tasks := []action.Task{task(1, 150), task(1, 180), task(2, 250), task(2, 0), task(3, 0), task(4, 0)}
	check(e.db.InsertCalls(e.ctx, calls, tasks))
	all := account.Scope{All: true, Anyone: true}
	counts, err := e.db.PlaybookCounts(e.ctx, all)
	check(err)
	if len(counts) != 2 || counts["rescue"] != (action.PlaybookCount{Used: 3, Finished: 1, Closed: 2, Success: 1}) || counts["renew"] != (action.PlaybookCount{Used: 1}) {
		t.Errorf("%+v", counts)
	}
	uses, err := e.db.PlaybookUses(e.ctx, "rescue", all, 2)
	check(err)
	if len(uses) != 2 || uses[0].Call != 3 || uses[0].Finished != 0 || uses[0].Closed != 9 || uses[0].Outcome != action.NoSuccess || uses[1].Call != 2 || uses[1].Finished != 0 {
		t.Errorf("%+v", uses)
	}
	if uses, err = e.db.PlaybookUses(e.ctx, "rescue", all, 10); err != nil || len(uses) != 3 || uses[2] != (action.PlaybookUse{Call: 1, Subject: 11, OpenedAsOf: 100, OpenedAt: 100, Finished: 180, Closed: 9, Outcome: action.Success}) {
		t.Errorf("%+v, %v", uses, err)
	}
	none := account.Scope{}
	if counts, err = e.db.PlaybookCounts(e.ctx, none); err != nil || len(counts) != 0 {
		t.Errorf("who sees nobody counts %+v, %v", counts, err)
	}
	if days, ok := action.MedianDays(uses); !ok || days != 80/(24*3600*1e6) {
		t.Errorf("the median is %v, %v", days, ok)
	}
}
