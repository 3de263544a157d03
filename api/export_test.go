package api

// Held is how many bytes bodies that are being read take.
func (t *Tracking) Held() int64 { return t.held.Load() }

// Hold takes memory as bodies do, until the function that it gives is called.
func (t *Tracking) Hold(n int64) func() {
	t.held.Add(n)
	return func() { t.held.Add(-n) }
}

// HeldMost is the most memory that bodies take together.
const HeldMost = heldMost
