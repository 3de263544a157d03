package account

import "testing"

func TestInteractionMetric(t *testing.T) {
	for in, want := range map[string]string{"Business  Review": "interaction.business-review", "call": "interaction.call"} {
		if got := interactionMetric(in); got != want {
			t.Errorf("%q: %s", in, got)
		}
	}
}
