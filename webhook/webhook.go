// Package webhook tells other programs what happens: an event is made in the
// transaction of its cause, with one key per cause, and sent to every endpoint
// that wants its kind, in the format of Standard Webhooks
// (https://www.standardwebhooks.com): signed, tried again for three days, and
// kept as a dead letter that can be sent again.
package webhook

import (
	"context"
	"encoding/json"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/account"
	"github.com/minori-hq/minori/action"
	"github.com/minori-hq/minori/auth"
)

// Kind is what an event tells.
type Kind string

// The kinds. All are about accounts: what is known of employees is not sent out.
const (
	CallOpened    Kind = "call_to_action.opened"
	CallRecovered Kind = "call_to_action.recovered" // what opened it holds no longer
	CallClosed    Kind = "call_to_action.closed"
	BandChanged   Kind = "score.band_changed"
	Test          Kind = "webhook.test" // sent by hand to one endpoint
)

// Kinds gives the kinds an endpoint may want, in the order in which they are shown.
func Kinds() []Kind { return []Kind{CallOpened, CallRecovered, CallClosed, BandChanged} }

// Bounds.
const (
	MaxEndpoints = 20
	maxName      = 100
	maxURL       = 2000
	// KeepDays is how long deliveries are kept once they are over.
	KeepDays = 30
	// OldSecret is how long the secret before a rotation still signs.
	OldSecret = 24 * time.Hour
)

// Endpoint is where events are sent.
type Endpoint struct {
	ID      int64
	Version int64 // counts changes by people
	Draft
	Enabled   bool
	Stopped   string // the fault for which the program disabled it; "" if it did not
	Created   int64  // microseconds since 1970 UTC
	CreatedBy string
	// Failing is since when every attempt failed, 0 if the last did not.
	Failing int64
	// Rotated says until when the secret before still signs, 0 for none.
	Rotated int64
	// Pending and Dead count its deliveries.
	Pending, Dead int
	secret        sealedSecrets
}

// sealedSecrets is what an endpoint's deliveries are signed with.
type sealedSecrets struct{ now, old string }

// Secrets gives the sealed secrets, for the store.
func (e *Endpoint) Secrets() (now, old string) { return e.secret.now, e.secret.old }

// SetSecrets sets the sealed secrets, for the store.
func (e *Endpoint) SetSecrets(now, old string) { e.secret = sealedSecrets{now, old} }

// Draft is what people decide about an endpoint.
type Draft struct {
	Name  string
	URL   string
	Kinds []Kind
}

// wants reports whether an endpoint gets a kind.
func (e *Endpoint) wants(k Kind) bool { return slices.Contains(e.Kinds, k) }

// State is where a delivery stands.
type State string

// The states.
const (
	Pending   State = "pending"
	Delivered State = "delivered"
	Dead      State = "dead" // given up; it can be sent again
)

// Event is something that happened, as it is sent.
type Event struct {
	ID   int64
	Key  string // made from the cause
	UID  string // the webhook-id: the same with every attempt
	Kind Kind
	At   int64  // microseconds since 1970 UTC
	Body string // the JSON that is sent
	// To is the one endpoint it is for, 0 for all that want its kind.
	To int64
}

// Delivery is an event on its way to an endpoint.
type Delivery struct {
	ID       int64
	Endpoint int64
	Event    Event
	State    State
	Attempts int    // made so far
	Round    int    // attempts made before it was last sent again
	Created  int64  // microseconds since 1970 UTC
	Next     int64  // when it is tried next; 0 unless pending
	Finished int64  // when it was delivered or given up
	Code     int    // HTTP status of the last attempt; 0 for no answer
	Error    string // see ReadFault; "" for none
}

// Attempt is one try of a delivery.
type Attempt struct {
	Delivery int64
	Number   int    // from 1
	At       int64  // microseconds since 1970 UTC
	Millis   int64  // how long it took
	Code     int    // HTTP status; 0 for no answer
	Error    string // see ReadFault; "" for none
}

// Filter picks deliveries for a list; zero values do not filter.
type Filter struct {
	Endpoint int64
	State    State
	Kind     Kind
}

// BandOf is the band of a score as it was last told.
type BandOf struct {
	Subject minori.ID
	Band    string
	AsOf    int64 // microseconds since 1970 UTC
}

// Store is what the service needs of the records store.
type Store interface {
	auth.Log
	InTx(ctx context.Context, fn func(ctx context.Context) error) error
	NewIDs(ctx context.Context, sequence string, n int) (int64, error)
	CallsByID(ctx context.Context, ids []int64) (map[int64]action.Call, error)
	Labels(ctx context.Context, ids []minori.ID) (map[minori.ID]account.Label, error)
	// LockWebhooks lets one transaction at a time fan events out, take the bands
	// of scores, or count endpoints.
	LockWebhooks(ctx context.Context) error
	Endpoints(ctx context.Context) ([]Endpoint, error)
	Endpoint(ctx context.Context, id int64) (Endpoint, bool, error)
	InsertEndpoint(ctx context.Context, e Endpoint) error
	// SaveEndpoint writes an endpoint if its stored version is still e.Version,
	// and counts it up; false if it is not.
	SaveEndpoint(ctx context.Context, e Endpoint) (bool, error)
	// SetFailing notes since when an endpoint fails; 0: it does not.
	SetFailing(ctx context.Context, endpoint, since int64) error
	// DropEndpoint removes an endpoint with its deliveries.
	DropEndpoint(ctx context.Context, id int64) error
	// AddEvents keeps events that are to be fanned out; one whose key is there
	// already is left out.
	AddEvents(ctx context.Context, list []Event) error
	// Unsent gives events that were not fanned out yet, oldest first.
	Unsent(ctx context.Context, limit int) ([]Event, error)
	// FannedOut notes that events were fanned out.
	FannedOut(ctx context.Context, ids []int64) error
	InsertDeliveries(ctx context.Context, list []Delivery) error
	Deliveries(ctx context.Context, f Filter, page minori.Page) ([]Delivery, int, error)
	Delivery(ctx context.Context, id int64) (Delivery, bool, error)
	Attempts(ctx context.Context, delivery int64, limit int) ([]Attempt, error)
	// SaveAttempt keeps an attempt and where its delivery stands, if that still
	// has the attempts before it; false if it has not.
	SaveAttempt(ctx context.Context, d Delivery, a Attempt) (bool, error)
	// Revive makes deliveries that are over pending again, and gives the ids of
	// those that were.
	Revive(ctx context.Context, ids []int64, at int64) ([]int64, error)
	// Bury gives up the pending deliveries of an endpoint.
	Bury(ctx context.Context, endpoint, at int64, why string) error
	// Bands gives the bands last told of a scorecard; of these subjects, or all
	// if nil.
	Bands(ctx context.Context, scorecard string, subjects []minori.ID) (map[minori.ID]BandOf, error)
	SaveBands(ctx context.Context, scorecard string, list []BandOf) error
	// ForgetBands forgets the bands of all scorecards.
	ForgetBands(ctx context.Context) error
	// Trim forgets what was over before an instant.
	Trim(ctx context.Context, before int64) error
}

// Jobs is the work that the service leaves for later. Both are done in the
// transaction of the context.
type Jobs interface {
	// FanOut has FanOut called.
	FanOut(ctx context.Context) error
	// Send has Deliver called for each of these deliveries.
	Send(ctx context.Context, list []Delivery) error
}

// Config is what the service is made with.
type Config struct {
	Clock minori.Clock
	Zone  *time.Location // of the workspace
	Vault Vault
	Jobs  Jobs
	// Hidden gives the fields an actor may not read.
	Hidden func(ctx context.Context, actor minori.Actor) (account.Hidden, error)
	// Stopped is told, in the transaction, of an endpoint that was disabled
	// because it failed for too long.
	Stopped func(ctx context.Context, e *Endpoint) error
	// Attempted is told what came of every attempt: delivered, failed (it is
	// made again) or dead; nil for nobody.
	Attempted func(outcome string)
	// Networks are addresses that are not public but to which deliveries may go,
	// also by plain HTTP.
	Networks []netip.Prefix
	// Timeout bounds one attempt; zero: 15 seconds.
	Timeout time.Duration
}

// Vault seals secrets before they are stored.
type Vault interface {
	Seal(purpose string, secret []byte) (string, error)
	Open(purpose, sealed string) ([]byte, error)
}

// Service holds the rules and permissions of webhooks.
type Service struct {
	store  Store
	cfg    Config
	sender *sender
}

// NewService makes a service over a store.
func NewService(store Store, cfg Config) *Service {
	return &Service{store: store, cfg: cfg, sender: newSender(cfg.Networks, cfg.Timeout)}
}

func (s *Service) now() int64 { return s.cfg.Clock().UnixMicro() }

// manages refuses who may not manage webhooks: they carry every account.
func manages(actor minori.Actor) error {
	return actor.Require(actor.MayConfigure() && actor.SeesAll(), "manage webhooks")
}

// check tidies a draft and reports what is wrong with it.
func (s *Service) check(d *Draft) error {
	d.Name, d.URL = strings.TrimSpace(d.Name), strings.TrimSpace(d.URL)
	if !plain(d.Name) || utf8.RuneCountInString(d.Name) > maxName {
		return refuse(minori.Invalid, WhyName, "the name of an endpoint has at most %d characters", maxName)
	}
	if len(d.URL) > maxURL {
		return refuse(minori.Invalid, WhyURL, "the address of an endpoint has at most %d bytes", maxURL)
	}
	if err := s.sender.checkURL(d.URL); err != nil {
		return err
	}
	if len(d.Kinds) == 0 {
		return refuse(minori.Invalid, WhyKinds, "choose at least one kind of event")
	}
	for _, k := range d.Kinds {
		if !slices.Contains(Kinds(), k) {
			return refuse(minori.Invalid, WhyKinds, "there is no kind of event %q%s", k, minori.DidYouMean(string(k), kindNames()))
		}
	}
	var kinds []Kind // in order, each once
	for _, k := range Kinds() {
		if slices.Contains(d.Kinds, k) {
			kinds = append(kinds, k)
		}
	}
	d.Kinds = kinds
	return nil
}

func kindNames() []string {
	var out []string
	for _, k := range Kinds() {
		out = append(out, string(k))
	}
	return out
}

// plain reports whether a text can be shown in a line.
func plain(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f })
}

// message is the body of an event.
type message struct {
	Type      Kind   `json:"type"`
	Timestamp string `json:"timestamp"`
	Data      any    `json:"data"`
}

// event makes an event; key parts name its cause.
func event(k Kind, at int64, data any, key ...any) (Event, error) {
	body, err := json.Marshal(message{k, minori.FromMicros(at).UTC().Format(time.RFC3339Nano), data})
	if err != nil {
		return Event{}, fmt.Errorf("writing an event: %w", err)
	}
	words := []string{string(k)}
	for _, p := range key {
		words = append(words, fmt.Sprint(p))
	}
	return Event{Key: strings.Join(words, "/"), UID: newUID(), Kind: k, At: at, Body: string(body)}, nil
}

// add keeps events in the transaction of their cause and has them sent.
func (s *Service) add(ctx context.Context, list []Event) error {
	if len(list) == 0 {
		return nil
	}
	first, err := s.store.NewIDs(ctx, "webhook_event", len(list))
	if err != nil {
		return err
	}
	for i := range list {
		list[i].ID = first + int64(i)
	}
	if err := s.store.AddEvents(ctx, list); err != nil {
		return err
	}
	return s.cfg.Jobs.FanOut(ctx)
}

// Wanted gives the kinds that enabled endpoints want.
func (s *Service) Wanted(ctx context.Context) (map[Kind]bool, error) {
	list, err := s.store.Endpoints(ctx)
	if err != nil {
		return nil, err
	}
	out := map[Kind]bool{}
	for i := range list {
		if list[i].Enabled {
			for _, k := range list[i].Kinds {
				out[k] = true
			}
		}
	}
	return out, nil
}
