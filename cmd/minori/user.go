package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"golang.org/x/term"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/app"
	"github.com/minori-hq/minori/auth"
)

// userCmd manages who may sign in.
type userCmd struct {
	Add      userAddCmd      `cmd:"" help:"Make a user and print a link on which they choose their password."`
	List     userListCmd     `cmd:"" help:"List the users."`
	Role     userRoleCmd     `cmd:"" help:"Change a user's role, access or employee."`
	Disable  userDisableCmd  `cmd:"" help:"Keep a user from signing in and end their sessions."`
	Enable   userEnableCmd   `cmd:"" help:"Let a disabled user sign in again."`
	Reset    userResetCmd    `cmd:"" help:"Print a link for a new password, good for an hour and for one time."`
	Password userPasswordCmd `cmd:"" help:"Set a user's password, read from the terminal or standard input."`
}

// userRow is a user in JSON.
type userRow struct {
	ID         int64   `json:"id"`
	Email      string  `json:"email"`
	Name       string  `json:"name"`
	Role       string  `json:"role"`
	Access     string  `json:"access"`
	Person     *string `json:"person"` // the employee's id; null: none
	Active     bool    `json:"active"`
	TwoFactor  bool    `json:"two_factor"`
	LastSignIn *string `json:"last_sign_in"` // null: never
	// Link is the path on which the user chooses a password.
	Link string `json:"link,omitempty"`
}

func accessName(a minori.Access) string {
	if a == minori.AccessAll {
		return "all"
	}
	return string(a)
}

// userRows gives users in the shape of the command's answer.
func userRows(e *env, users []auth.User) ([]userRow, error) {
	var persons []minori.ID
	for i := range users {
		if users[i].Person != 0 {
			persons = append(persons, users[i].Person)
		}
	}
	keys, err := e.app.Records.Subjects(e.ctx, persons)
	if err != nil {
		return nil, fmt.Errorf("reading employees: %w", err)
	}
	out := make([]userRow, len(users))
	for i := range users {
		u := &users[i]
		out[i] = userRow{ID: int64(u.ID), Email: u.Email, Name: u.Name, Role: string(u.Role), Access: accessName(u.Access), Active: u.Active, TwoFactor: u.TwoFactor}
		if p, ok := keys[u.Person]; ok {
			out[i].Person = &p.Key
		}
		if u.LastSignIn != 0 {
			at := minori.FromMicros(u.LastSignIn).Format(time.RFC3339)
			out[i].LastSignIn = &at
		}
	}
	return out, nil
}

// answerUser says what came of a command about one user.
func answerUser(e *env, u auth.User, link, text string) error {
	rows, err := userRows(e, []auth.User{u})
	if err != nil {
		return err
	}
	rows[0].Link = link
	return e.answer(rows[0], func() {
		e.print("%s", text)
		if link != "" {
			e.print("They choose their password at this path, within an hour: %s", link)
		}
	})
}

type userAddCmd struct {
	dataFlags
	Email  string `arg:"" help:"E-mail address."`
	Name   string `help:"Name; default: the e-mail's part before the @."`
	Role   string `help:"admin, operations, leader, csm, account_manager or observer." default:"csm"`
	Access string `help:"Which accounts the user sees: all, team or own." default:"all"`
	Person string `help:"Id or e-mail of the employee this user is."`
}

// Run implements command.
func (c *userAddCmd) Run(e *env) error {
	if c.Name == "" {
		c.Name, _, _ = strings.Cut(c.Email, "@")
	}
	person, err := e.app.Person(e.ctx, c.Person)
	if err != nil {
		return err
	}
	p := auth.Profile{Email: c.Email, Name: c.Name, Role: minori.Role(c.Role), Access: auth.ParseAccess(c.Access), Person: person}
	u, err := e.app.Auth.AddUser(e.ctx, app.Operator(), p, auth.Preferences{})
	if err != nil {
		return err
	}
	link, err := e.app.Auth.ResetLink(e.ctx, app.Operator(), u.ID)
	if err != nil {
		return err
	}
	return answerUser(e, u, link, fmt.Sprintf("%s is a user now: %s, access %s.", u.Email, u.Role, accessName(u.Access)))
}

type userListCmd struct{ dataFlags }

// Run implements command.
func (c *userListCmd) Run(e *env) error {
	rows := []userRow{}
	for page := (minori.Page{Limit: minori.MaxPage}); ; page.Offset += minori.MaxPage {
		users, total, err := e.app.Auth.Users(e.ctx, app.Operator(), page)
		if err != nil {
			return err
		}
		more, err := userRows(e, users)
		if err != nil {
			return err
		}
		if rows = append(rows, more...); len(users) == 0 || len(rows) >= total {
			break
		}
	}
	return e.answer(rows, func() {
		for _, r := range rows {
			state, person := "active", "-"
			if !r.Active {
				state = "disabled"
			}
			if r.Person != nil {
				person = *r.Person
			}
			e.print("%s  %s  %s  %s  %s  %s", r.Email, r.Name, r.Role, r.Access, person, state)
		}
	})
}

// changeUser changes a user named by e-mail.
func changeUser(e *env, email string, change func(p *auth.Profile, active *bool) error, text string) error {
	u, err := e.app.Auth.UserByEmail(e.ctx, app.Operator(), email)
	if err != nil {
		return err
	}
	p, active := u.Profile, u.Active
	if err := change(&p, &active); err != nil {
		return err
	}
	if u, err = e.app.Auth.ChangeUser(e.ctx, app.Operator(), u.ID, u.Version, p, active); err != nil {
		return err
	}
	return answerUser(e, u, "", u.Email+" "+text)
}

type userRoleCmd struct {
	dataFlags
	Email  string  `arg:"" help:"E-mail address."`
	Role   string  `arg:"" help:"admin, operations, leader, csm, account_manager or observer."`
	Access string  `help:"Which accounts the user sees: all, team or own; default: as it is."`
	Person *string `help:"Id or e-mail of the employee this user is; default: as it is."`
}

// Run implements command.
func (c *userRoleCmd) Run(e *env) error {
	return changeUser(e, c.Email, func(p *auth.Profile, _ *bool) (err error) {
		p.Role = minori.Role(c.Role)
		if c.Access != "" {
			p.Access = auth.ParseAccess(c.Access)
		}
		if c.Person != nil {
			p.Person, err = e.app.Person(e.ctx, *c.Person)
		}
		return err
	}, "has the role "+c.Role+" now.")
}

type userDisableCmd struct {
	dataFlags
	Email string `arg:"" help:"E-mail address."`
}

// Run implements command.
func (c *userDisableCmd) Run(e *env) error {
	return changeUser(e, c.Email, func(_ *auth.Profile, active *bool) error { *active = false; return nil }, "cannot sign in any more.")
}

type userEnableCmd struct {
	dataFlags
	Email string `arg:"" help:"E-mail address."`
}

// Run implements command.
func (c *userEnableCmd) Run(e *env) error {
	return changeUser(e, c.Email, func(_ *auth.Profile, active *bool) error { *active = true; return nil }, "can sign in again.")
}

type userResetCmd struct {
	dataFlags
	Email        string `arg:"" help:"E-mail address."`
	SecondFactor bool   `help:"Also switch the second factor off, for somebody who lost it."`
}

// Run implements command.
func (c *userResetCmd) Run(e *env) error {
	u, err := e.app.Auth.UserByEmail(e.ctx, app.Operator(), c.Email)
	if err != nil {
		return err
	}
	if c.SecondFactor && u.TwoFactor {
		if err := e.app.Auth.DropTwoFactor(e.ctx, app.Operator(), u.ID); err != nil {
			return err
		}
		u.TwoFactor = false
	}
	link, err := e.app.Auth.ResetLink(e.ctx, app.Operator(), u.ID)
	if err != nil {
		return err
	}
	return answerUser(e, u, link, "Give this link to "+u.Email+" only.")
}

type userPasswordCmd struct {
	dataFlags
	Email string `arg:"" help:"E-mail address."`
}

// ask implements withSecret.
func (c *userPasswordCmd) ask() (string, error) { return readPassword(os.Stdin, os.Stderr) }

// Run implements command.
func (c *userPasswordCmd) Run(e *env) error {
	u, err := e.app.Auth.UserByEmail(e.ctx, app.Operator(), c.Email)
	if err != nil {
		return err
	}
	if err := e.app.Auth.SetPassword(e.ctx, app.Operator(), u.ID, e.secret); err != nil {
		return err
	}
	return answerUser(e, u, "", u.Email+" has a new password and is signed out everywhere.")
}

// readPassword asks twice on a terminal without showing what is typed, and
// reads a line from anywhere else.
func readPassword(in *os.File, ask io.Writer) (string, error) {
	if !term.IsTerminal(int(in.Fd())) {
		line, err := bufio.NewReader(io.LimitReader(in, 4096)).ReadString('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return "", fmt.Errorf("reading the password: %w", err)
		}
		return strings.TrimRight(line, "\r\n"), nil
	}
	read := func(prompt string) (string, error) {
		fmt.Fprint(ask, prompt)
		b, err := term.ReadPassword(int(in.Fd()))
		fmt.Fprintln(ask)
		if err != nil {
			return "", fmt.Errorf("reading the password: %w", err)
		}
		return string(b), nil
	}
	first, err := read("New password: ")
	if err != nil {
		return "", err
	}
	again, err := read("Once more: ")
	if err != nil {
		return "", err
	}
	if first != again {
		return "", minori.Errorf(minori.Invalid, "the two passwords differ; nothing was changed")
	}
	return first, nil
}

// auditCmd works with the audit log.
type auditCmd struct {
	Verify auditVerifyCmd `cmd:"" help:"Check that no line of the audit log was altered or taken away."`
}

type auditVerifyCmd struct{ dataFlags }

// Run implements command.
func (c *auditVerifyCmd) Run(e *env) error {
	r, err := e.app.Auth.VerifyAudit(e.ctx, app.Operator(), 0)
	if err != nil {
		return err
	}
	err = e.answer(r, func() {
		if r.Intact {
			e.print("The audit log is intact: %d lines, the newest with the hash %s.", r.Lines, r.Head)
		}
		for _, f := range r.Faults {
			if f.State == auth.LineMissing {
				e.print("line %d: lines before it are missing", f.ID)
			} else {
				e.print("line %d: altered", f.ID)
			}
		}
		if r.Cut {
			e.print("The newest lines are missing or altered.")
		}
	})
	if err == nil && !r.Intact {
		err = minori.Errorf(minori.Conflict, "the audit log was altered")
	}
	return err
}
