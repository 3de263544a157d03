package metric

import "testing"

func TestBuiltIn(t *testing.T) {
	for name, want := range map[string]bool{
		"ticket.opened": true, "ticket.open": true, "churn.happened": true, "interaction.call": true, "survey.nps.score": true,
		"interaction.": false, "survey..score": false, "survey.nps": false, "usage.login": false, "interaction.Call": false,
	} {
		m, ok := BuiltIn(name)
		if ok != want || ok && (m.Name != name || !m.BuiltIn || m.Kind == "") {
			t.Errorf("%s: %v %+v", name, ok, m)
		}
	}
}
