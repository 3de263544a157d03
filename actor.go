package minori

// Role is what a user may do, coarsely; services decide what it allows.
type Role string

// The roles.
const (
	RoleAdmin      Role = "admin"
	RoleOperations Role = "operations" // brings data in, defines measures, scores, rules
	RoleCSM        Role = "csm"
	RoleObserver   Role = "observer" // reads, changes nothing
)

// Actor is who does something: a user, or the system itself. Every service
// call that changes or shows anything takes one.
type Actor struct {
	Name   string // e-mail or "system"; stands in the audit log and in histories
	Role   Role
	Person ID // the employee this user is, 0 if none
	Lang   Lang
}

// System acts for the program itself: evaluation, hand-over, periodic work.
func System() Actor { return Actor{Name: "system", Role: RoleAdmin} }

// MayConfigure reports whether the actor may change definitions and import data.
func (a Actor) MayConfigure() bool { return a.Role == RoleAdmin || a.Role == RoleOperations }

// MayAct reports whether the actor may work calls to action and overrides.
func (a Actor) MayAct() bool { return a.MayConfigure() || a.Role == RoleCSM }

// MayRead reports whether the actor may read accounts at all.
func (a Actor) MayRead() bool { return a.MayAct() || a.Role == RoleObserver }

// Require gives a Forbidden error saying what was refused unless ok.
func (a Actor) Require(ok bool, what string) error {
	if ok {
		return nil
	}
	if a.Name == "" {
		return Errorf(Unauthenticated, "sign in to %s", what)
	}
	return Errorf(Forbidden, "the role %s may not %s", a.Role, what)
}
