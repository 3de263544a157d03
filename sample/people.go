package sample

import (
	"fmt"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/metric"
)

// Size of the team: account i is looked after by CSM i/40, from 8,000
// accounts on they get more each.
const (
	accountsPerCSM  = 40
	maxCSMs         = 200
	csmsPerManager  = 8
	csmsPerServices = 4
)

// Person is an employee of the sample company itself.
type Person struct {
	ID      string
	Name    string
	Email   string
	Manager string // id; "" for the leader
	Role    string // leader, manager, csm, services
	Team    string
	Hired   minori.Day
}

// csmID gives the id of CSM k.
func csmID(k int) string { return fmt.Sprintf("csm-%03d", k+1) }

// People gives the employees: the leader, managers, CSMs and services.
func (c *Company) People() []Person {
	csms := min(maxCSMs, (c.cfg.Accounts+accountsPerCSM-1)/accountsPerCSM)
	managers := (csms + csmsPerManager - 1) / csmsPerManager
	services := (csms + csmsPerServices - 1) / csmsPerServices
	out := make([]Person, 0, 1+managers+csms+services)
	out = append(out, c.person(0, 0, "lead-01", "", "leader", 0))
	for k := range managers {
		out = append(out, c.person(1, k, managerID(k), "lead-01", "manager", k))
	}
	for k := range csms {
		team := k / csmsPerManager
		out = append(out, c.person(2, k, csmID(k), managerID(team), "csm", team))
	}
	for k := range services {
		team := k * csmsPerServices / csmsPerManager
		out = append(out, c.person(3, k, fmt.Sprintf("svc-%02d", k+1), managerID(team), "services", team))
	}
	return out
}

// managerID gives the id of manager k.
func managerID(k int) string { return fmt.Sprintf("mgr-%02d", k+1) }

// person makes employee k of a kind.
func (c *Company) person(kind, k int, id, manager, role string, team int) Person {
	r := c.rng(-2-kind-10*k, streamPeople)
	name, latin := c.loc.personName(r)
	hired := c.first - minori.Day(200+r.IntN(1800))
	return Person{
		ID: id, Name: name, Email: latin + "." + id + "@minori.example", Manager: manager,
		Role: role, Team: fmt.Sprintf(c.loc.team, team+1), Hired: hired,
	}
}

// Rates gives the monthly rates of the foreign currencies in the company's,
// from before the first contract on; none where there is only one currency.
func (c *Company) Rates() []metric.Rate {
	if c.loc.foreign == "" {
		return nil
	}
	var out []metric.Rate
	r := c.rng(-1, streamContracts)
	value := c.loc.rate
	from := (c.first - 1100).AddMonths(-1)
	y, m, _ := from.UTC().Date()
	for day := minori.Date(y, m, 1); day <= c.cfg.End; day = day.AddMonths(1) {
		out = append(out, metric.Rate{Currency: c.loc.foreign, Day: day, Value: round(value, 4)})
		value += 0.08*(c.loc.rate-value) + 0.012*r.NormFloat64()
	}
	return out
}
