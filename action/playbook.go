// Package action holds calls to action, the playbooks whose tasks they bring,
// and the cockpit in which they are worked.
package action

import minori "github.com/minori-hq/minori"

// Playbook is the definition of a playbook.
type Playbook struct {
	Name       string
	Title      minori.Text
	Subject    minori.SubjectKind
	Tasks      []PlaybookTask
	Outcome    string // CEL condition that shows it helped; "" for none
	OutcomePos minori.Position
}

// PlaybookTask is one task of a playbook.
type PlaybookTask struct {
	Name  string
	Title minori.Text
	Due   int      // business days after the call to action opened
	After []string // tasks that must be done before
	Role  string   // who does it: csm, services, ...
	Hours float64  // of work; 0: not said
}

// MaxTaskHours is the most hours of work a task may say.
const MaxTaskHours = 1000
