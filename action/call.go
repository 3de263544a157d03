package action

import (
	"fmt"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/account"
)

// Status of a call to action.
type Status string

// The statuses. A snoozed call is in progress again from its day on.
const (
	StatusNew        Status = "new"
	StatusInProgress Status = "in_progress"
	StatusSnoozed    Status = "snoozed"
	StatusClosed     Status = "closed"
	// AnyOpen is not a status of a call: in a filter it stands for all but closed.
	AnyOpen Status = "open"
	// AnyAwake is not one either: all that are to be worked now, open and not
	// snoozed until a later day.
	AnyAwake Status = "awake"
)

// Outcome is the result with which a call to action was closed.
type Outcome string

// The outcomes.
const (
	Success   Outcome = "success"
	NoSuccess Outcome = "no_success"
	Invalid   Outcome = "invalid" // there was nothing to do
)

// Evidence is one value that made the condition hold, as it stood then.
type Evidence struct {
	Name  string   `json:"name"` // measure("adoption.trend"), account.arr, ...
	Num   *float64 `json:"num,omitempty"`
	Text  *string  `json:"text,omitempty"`
	Bool  *bool    `json:"bool,omitempty"`
	Since string   `json:"since,omitempty"` // day since which it held, "2024-12-31"
}

// Call is a call to action.
type Call struct {
	ID         int64
	Version    int64 // counts changes; saving needs the one that was read
	Subject    minori.Subject
	Rule       int64 // stable key of the rule's name; 0 when opened by hand
	RuleName   string
	Effect     int // position among the rule's effects
	Episode    int // the episode that opened it
	Joined     int // the last episode that found it open; Episode if none
	Type       string
	Reason     string
	Priority   string
	Status     Status
	Snoozed    *minori.Day // until which day
	Outcome    Outcome     // "" until closed
	Owner      minori.ID   // a person; 0: nobody
	Due        minori.Day
	OpenedAsOf int64 // as-of of the evaluation that opened it, microseconds since 1970 UTC
	OpenedAt   int64 // when that was done
	Recovered  int64 // as-of at which the episode ended; 0 while it lasts
	ClosedAt   int64
	CloseOnEnd bool // closes itself when the episode ends
	Playbook   string
	Evidence   []Evidence
	TaskCount  int
	TasksDone  int
	Tasks      []Task  // filled by Get
	Log        []Event // filled by Get, oldest first
}

// Task is one task of a call, from its playbook.
type Task struct {
	ID       int64
	Call     int64
	Name     string
	Title    minori.Text
	Due      minori.Day
	After    []string // names of tasks of the same call that come first
	Role     string
	Hours    float64   // of work; 0: not said
	Assignee minori.ID // 0: the call's owner
	Done     bool
	DoneAt   int64
	DoneBy   string
}

// What kind of change an Event tells of.
const (
	EventOpened    = "opened"
	EventJoined    = "joined"    // a new episode found the call open
	EventRecovered = "recovered" // the episode ended
	EventOwner     = "owner"
	EventStatus    = "status"
	EventSnoozed   = "snoozed"
	EventClosed    = "closed"
	EventComment   = "comment"
	EventTask      = "task" // From, To: task name, "done" or "open"
	EventPriority  = "priority"
	EventUndone    = "undone" // From: the verb that was taken back
)

// Event is one change of a call, or a comment on it.
type Event struct {
	ID     int64
	Call   int64
	At     int64 // microseconds since 1970 UTC
	Author string
	Kind   string
	From   string
	To     string
	Text   string
}

// OpenRequest asks for a call to action, normally for the episode of a rule.
type OpenRequest struct {
	Subject  minori.Subject
	Rule     int64
	RuleName string
	Effect   int
	Episode  int
	Call     CallSpec
	Owners   []string // values of the owner expressions in order: a person's id or e-mail; the first known wins
	Evidence []Evidence
	AsOf     minori.AsOf
	Playbook *Playbook // nil for none
}

// CallSpec is what the rule says about the call it opens.
type CallSpec struct {
	Type       string
	Reason     string
	Priority   string // low, medium, high, urgent
	Due        int    // business days after the as-of day
	CloseOnEnd bool   // on_recovery: close
}

// Opened says what Open did with one request.
type Opened struct {
	Call    int64
	Created bool // a new call; else it was there by the same key, or the episode joined an open one
	Joined  bool
}

// Key is the effect's key, made from its cause.
func (r *OpenRequest) Key() string {
	return fmt.Sprintf("%d/%d/%d/%d", r.Rule, r.Subject.ID, r.Episode, r.Effect)
}

// RecoverRequest says that an episode has ended.
type RecoverRequest struct {
	Rule    int64
	Subject minori.ID
	Episode int
	AsOf    minori.AsOf
}

// Filter picks calls for a list; zero values do not filter.
type Filter struct {
	Status   Status // AnyOpen for all that are not closed
	Owner    minori.ID
	Owners   []minori.ID // one of these; empty and not nil: nobody's
	Unowned  bool
	Type     string
	Subject  minori.ID
	Rule     string
	Priority string
	DueBy    *minori.Day
	WakesBy  *minori.Day // snoozed until then or before
	Outcome  Outcome
	// Closed and Recovered let calls through that were closed, or whose episode
	// ended, at or after an instant; microseconds since 1970 UTC.
	Closed    int64
	Recovered int64
	Sort      Sort
	// Scope is what the actor sees; the service fills it in.
	Scope account.Scope
}

// Sort is the order of a list of calls.
type Sort string

// The orders; the empty one is by due day, then priority.
const (
	ByDue      Sort = "due"
	ByPriority Sort = "priority"
	ByOpened   Sort = "opened"    // newest first
	ByClosed   Sort = "closed"    // newest first
	ByRecovery Sort = "recovered" // newest first
	BySubject  Sort = "subject"
)

// Override is a score set by hand for a time.
type Override struct {
	ID        int64
	Subject   minori.ID
	Scorecard string
	Value     float64 // 0–100
	Reason    string
	Author    string
	From      int64 // microseconds since 1970 UTC
	Until     int64 // not including; 0 is refused: every override has an end
	Cleared   int64 // when it was taken back; 0 if it was not
	ClearedBy string
}
