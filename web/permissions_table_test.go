package web_test

import (
	"net/url"

	minori "github.com/minori-hq/minori"
)

// posts makes a form of names and values.
func posts(pairs ...string) url.Values {
	v := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		v.Add(pairs[i], pairs[i+1])
	}
	return v
}

func nothing(minori.Actor, *target) verdict { return missing }

// actsNowhere is something to be done that is not there.
func actsNowhere(a minori.Actor, _ *target) verdict { return when(!a.MayAct(), missing, forbidden) }

func administersNowhere(a minori.Actor, _ *target) verdict {
	return when(a.Role != minori.RoleAdmin, missing, forbidden)
}

// tells is for webhooks, which carry every account.
func tells(a minori.Actor, _ *target) verdict {
	return when(a.MayConfigure() && a.SeesAll(), forbidden)
}

func tellsNowhere(a minori.Actor, t *target) verdict {
	return when(tells(a, t) != fine, missing, forbidden)
}

// oversees is for how the data and the installation do.
func oversees(a minori.Actor, _ *target) verdict { return when(a.MayOversee(), forbidden) }

// seesOwn is for employees: who may act sets their scores, if they see them.
func seesOwn(a minori.Actor, t *target) verdict { return sees(a, t) }

// addresses is the table: every address of the interface, what is asked of it,
// and who may. A form that lacks something is fine: who is refused is refused
// before anybody looks at it.
func addresses() []address {
	var all []address
	for _, part := range [][]address{openAddresses(), accountAddresses(), workAddresses(), definitionAddresses(), ownAddresses()} {
		all = append(all, part...)
	}
	return all
}

func openAddresses() []address {
	return []address{
		{"GET /assets/", "/assets/nothing.css", nil, nothing},
		{"GET /healthz", "", nil, machine},
		{"GET /readyz", "", nil, machine},
		{"POST /preferences", "", posts("theme", "dark", "return", "/accounts"), anybody},
		{"GET /sign-in", "", nil, anybody},
		{"POST /sign-in", "", posts("email", "", "password", ""), asks},
		{"POST /sign-in/code", "", posts("code", ""), asks},
		{"POST /sign-out", "", nil, anybody},
		{"GET /setup", "", nil, anybody},
		{"POST /setup", "", nil, asks},
		{"GET /reset/{token}", "/reset/nothing", nil, lost},
		{"POST /reset/{token}", "/reset/nothing", nil, lost},
		{"/", "/nowhere/at/all", nil, nowhere},
	}
}

func accountAddresses() []address {
	return []address{
		{"GET /{$}", "/", nil, reads},
		{"GET /hidden-risk", "", nil, reads},
		{"GET /lists/accounts/count", "", nil, reads},
		{"GET /lists/accounts/condition", "/lists/accounts/condition?field=field:account.tier", nil, reads},
		{"GET /lists/accounts/export", "/lists/accounts/export?format=csv", nil, reads},
		{"POST /lists/accounts/export", "", posts("format", "csv"), reads},
		{"GET /lists/accounts/fields", "/lists/accounts/fields?field=field:account.tier&id={account}", nil, acts},
		{"POST /lists/accounts/fields", "/lists/accounts/fields?x={account}", posts("field", "field:account.tier", "id", "{account}", "to", "Pro"), acts},
		{"GET /lists/accounts/bulk-value", "/lists/accounts/bulk-value?set=field:account.tier", nil, acts},
		{"POST /lists/accounts/bulk", "/lists/accounts/bulk?x={account}", posts("pick", "{id}", "do", "set", "set", "field:account.tier", "to", "Pro"), acts},
		{"POST /lists/accounts/undo/{batch}", "/lists/accounts/undo/999999", nil, actsNowhere},
		{"POST /views", "", posts("name", "", "sort", ""), reads},
		{"POST /views/opens", "", nil, reads},
		{"GET /views/{id}", "/views/999999", nil, nowhere},
		{"POST /views/{id}", "/views/999999", posts("version", "1"), nowhere},
		{"POST /views/{id}/delete", "/views/999999/delete", posts("version", "1"), nowhere},
		{"GET /accounts", "", nil, reads},
		{"GET /accounts", "/accounts?q={account}", nil, func(a minori.Actor, _ *target) verdict { return reads(a, nil) }},
		{"GET /accounts/{id}", "/accounts/{account}", nil, sees},
		{"GET /accounts/{id}/measures/{name}", "/accounts/{account}/measures/license.use", nil, sees},
		{"GET /accounts/{id}/timeline/new", "/accounts/{account}/timeline/new", nil, acts},
		{"POST /accounts/{id}/timeline", "/accounts/{account}/timeline", posts("type", "note", "title", ""), acts},
		{"GET /accounts/{id}/timeline/{entry}", "/accounts/{account}/timeline/{entry}", nil, configures},
		{"POST /accounts/{id}/timeline/{entry}", "/accounts/{account}/timeline/{entry}", posts("version", "1", "type", "note", "title", "Mine now", "day", "2025-06-30"), strangers},
		{"POST /accounts/{id}/timeline/{entry}/delete", "/accounts/{account}/timeline/{entry}/delete", nil, configures},
		{"GET /accounts/{id}/files/{file}", "/accounts/{account}/files/{file}", nil, sees},
		{"GET /people", "", nil, reads},
		{"GET /people/{id}", "/people/{person}", nil, sees},
		{"GET /people/{id}/measures/{name}", "/people/{person}/measures/tenure", nil, sees},
	}
}

func workAddresses() []address {
	return []address{
		{"GET /cockpit", "", nil, reads},
		{"GET /cockpit", "/cockpit?view=all", nil, reads},
		{"GET /cockpit/team", "", nil, leads},
		{"GET /cockpit/{id}", "/cockpit/{call}", nil, sees},
		{"POST /cockpit/bulk", "", posts("do", "close:success"), acts},
		{"POST /cockpit/undo", "", posts("token", "nothing"), actsNowhere},
		{"POST /cockpit/{id}/{do}", "/cockpit/{call}/assign", posts("version", "1", "owner", "nobody-there"), acts},
		{"POST /cockpit/{id}/{do}", "/cockpit/{call}/start", posts("version", "99"), acts},
		{"POST /cockpit/{id}/{do}", "/cockpit/{call}/snooze", posts("version", "1", "until", "soon"), acts},
		{"POST /cockpit/{id}/{do}", "/cockpit/{call}/close", posts("version", "1", "result", ""), acts},
		{"POST /cockpit/{id}/{do}", "/cockpit/{call}/comment", posts("version", "1", "comment", ""), acts},
		{"POST /cockpit/{id}/{do}", "/cockpit/{call}/task", posts("version", "99", "task", "none", "done", "true"), acts},
		{"GET /scorecards", "", nil, reads},
		{"GET /scorecards/{name}", "/scorecards/health", nil, reads},
		{"GET /scorecards/{name}", "/scorecards/staying", nil, reads},
		{"GET /scorecards/{name}/heat", "/scorecards/health/heat", nil, reads},
		{"GET /scorecards/{name}/accounts/{id}", "/scorecards/health/accounts/{account}", nil, sees},
		{"GET /scorecards/{name}/accounts/{id}", "/scorecards/staying/accounts/{person}", nil, seesOwn},
		{"POST /scorecards/{name}/accounts/{id}/override", "/scorecards/health/accounts/{account}/override", posts("value", "x"), acts},
		{"POST /scorecards/{name}/accounts/{id}/override", "/scorecards/health/accounts/{account}/override", posts("value", "40", "reason", "Known", "until", "2025-07-20"), acts},
		{"POST /scorecards/{name}/accounts/{id}/override/clear", "/scorecards/health/accounts/{account}/override/clear", nil, clears},
		{"POST /scorecards/{name}/accounts/{id}/override", "/scorecards/staying/accounts/{person}/override", posts("value", "40", "reason", "Known", "until", "2025-07-20"), acts},
		{"GET /retention", "", nil, reads},
		{"GET /data", "", nil, oversees},
		{"POST /data/keep", "", posts("days", "500"), administers},
		{"POST /data/keep", "", posts("days", "soon"), administers},
		{"GET /dashboards", "", nil, reads},
		{"GET /dashboards/{name}", "/dashboards/board", nil, reads},
		{"GET /dashboards/{name}/delete", "/dashboards/board/delete", nil, configures},
		{"POST /dashboards/{name}/delete", "/dashboards/board/delete", posts("version", "none"), configures},
		{"GET /dashboards/{name}/tiles/{n}", "/dashboards/board/tiles/1", nil, reads},
		{"GET /dashboards/{name}/tiles/{n}/csv", "/dashboards/board/tiles/1/csv", nil, reads},
		{"GET /live", "", nil, reads},
		{"GET /live/work", "", nil, reads},
		{"GET /notifications", "", nil, reads},
		{"GET /notifications/bell", "", nil, reads},
		{"POST /notifications/read", "", nil, reads},
		{"GET /notifications/preferences", "", nil, reads},
		{"POST /notifications/preferences", "", nil, reads},
		{"GET /palette", "", nil, reads},
		{"GET /palette", "/palette?q={account}", nil, func(a minori.Actor, _ *target) verdict { return reads(a, nil) }},
		{"GET /search", "/search?q={account}", nil, func(a minori.Actor, _ *target) verdict { return reads(a, nil) }},
	}
}

// clears is for a manual score that only the one before may have set: there is
// none the second time.
func clears(a minori.Actor, t *target) verdict {
	if v := acts(a, t); v != fine {
		return v
	}
	return fineOrMissing
}

func definitionAddresses() []address {
	all := []address{
		{"GET /workspace", "", nil, reads},
		{"GET /workspace/definitions", "", nil, reads},
		{"GET /workspace/{version}", "/workspace/1", nil, reads},
	}
	for place, name := range map[string]string{"rules": "health-red", "playbooks": "renewal", "segments": "large-accounts", "scorecards": "health"} {
		of := "/" + place + "/" + name
		if place != "scorecards" {
			all = append(all, address{"GET /" + place, "", nil, reads}, address{"GET /" + place + "/{name}", of, nil, reads})
		}
		all = append(all,
			address{"GET /" + place + "/{name}/delete", of + "/delete", nil, configures},
			address{"POST /" + place + "/{name}/delete", of + "/delete", posts("version", "none"), configures},
			address{"GET /" + place + "/{name}/edit", of + "/edit", nil, configures},
			address{"POST /" + place + "/{name}/edit", of + "/edit", posts("do", "apply", "by", "text", "text", "kind: Nonsense", "version", "1"), configures},
			address{"POST /" + place + "/{name}/edit", of + "/edit", posts("do", "check", "by", "text", "text", "kind: Nonsense", "version", "1"), configures})
	}
	return all
}

func ownAddresses() []address {
	return []address{
		{"GET /settings", "", nil, reads},
		{"POST /settings/profile", "", posts("name", ""), reads},
		{"POST /settings/preferences", "", posts("theme", "dark"), reads},
		{"GET /settings/security", "", nil, reads},
		{"POST /settings/security/{do}", "/settings/security/password", posts("old", "", "new", ""), reads},
		{"GET /settings/users", "", nil, administers},
		{"POST /settings/users", "", posts("email", ""), administers},
		{"GET /settings/users/new", "", nil, administers},
		{"GET /settings/users/{id}", "/settings/users/999999", nil, administersNowhere},
		{"POST /settings/users/{id}/{do}", "/settings/users/999999/save", posts("version", "1"), administersNowhere},
		{"GET /settings/audit", "", nil, administers},
		{"GET /settings/webhooks", "", nil, tells},
		{"POST /settings/webhooks", "", posts("url", ""), tells},
		{"GET /settings/webhooks/new", "", nil, tells},
		{"GET /settings/webhooks/{id}", "/settings/webhooks/1", nil, tells},
		{"GET /settings/webhooks/{id}", "/settings/webhooks/999999", nil, tellsNowhere},
		{"POST /settings/webhooks/{id}/{do}", "/settings/webhooks/1/save", posts("version", "1"), tells},
		{"POST /settings/webhooks/{id}/{do}", "/settings/webhooks/999999/remove", nil, tellsNowhere},
		{"GET /settings/webhooks/{id}/deliveries/{delivery}", "/settings/webhooks/1/deliveries/1", nil, tells},
		{"GET /settings/webhooks/{id}/deliveries/{delivery}", "/settings/webhooks/999999/deliveries/1", nil, tellsNowhere},
		{"POST /settings/webhooks/{id}/deliveries/{delivery}/replay", "/settings/webhooks/1/deliveries/999999/replay", nil, tellsNowhere},
	}
}
