package minori

// Role is what a user may do, coarsely; services decide what it allows.
type Role string

// The roles.
const (
	RoleAdmin      Role = "admin"
	RoleOperations Role = "operations" // brings data in, defines measures, scores, rules
	RoleLeader     Role = "leader"     // works calls to action and sees the team's load
	RoleCSM        Role = "csm"
	RoleManager    Role = "account_manager" // renewals and expansion, together with the CSM
	RoleObserver   Role = "observer"        // reads, changes nothing
)

// Roles gives all roles, the most powerful first.
func Roles() []Role {
	return []Role{RoleAdmin, RoleOperations, RoleLeader, RoleCSM, RoleManager, RoleObserver}
}

// Access says which accounts an actor sees at all.
type Access string

// The accesses.
const (
	AccessAll  Access = ""     // every account
	AccessTeam Access = "team" // those whose CSM is the actor's employee or reports to it, at any depth
	AccessOwn  Access = "own"  // those whose CSM is the actor's employee
)

// Actor is who does something: a user, or the system itself. Every service
// call that changes or shows anything takes one.
type Actor struct {
	Name   string // e-mail or "system"; stands in the audit log and in histories
	Role   Role
	User   ID // the user signed in, 0 for the system and for commands
	Person ID // the employee this user is, 0 if none
	Access Access
	Lang   Lang
}

// System acts for the program itself: evaluation, hand-over, periodic work.
func System() Actor { return Actor{Name: "system", Role: RoleAdmin} }

// MayConfigure reports whether the actor may change definitions and import data.
func (a Actor) MayConfigure() bool { return a.Role == RoleAdmin || a.Role == RoleOperations }

// MayAct reports whether the actor may work calls to action and overrides.
func (a Actor) MayAct() bool {
	return a.MayConfigure() || a.Role == RoleLeader || a.Role == RoleCSM || a.Role == RoleManager
}

// MayOversee reports whether the actor may see how the data and the installation do.
func (a Actor) MayOversee() bool { return a.MayConfigure() || a.Role == RoleLeader }

// MayRead reports whether the actor may read accounts at all.
func (a Actor) MayRead() bool { return a.MayAct() || a.Role == RoleObserver }

// SeesAll reports whether every account is visible to the actor.
func (a Actor) SeesAll() bool { return a.Role == RoleAdmin || a.Access == AccessAll }

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
