CREATE TABLE setting (
	name TEXT PRIMARY KEY,
	value TEXT NOT NULL
);

CREATE TABLE counter (
	name TEXT PRIMARY KEY,
	last BIGINT NOT NULL
);

CREATE TABLE resource (
	id INTEGER_KEY,
	kind TEXT NOT NULL,
	name TEXT NOT NULL,
	UNIQUE (kind, name)
);

CREATE TABLE resource_version (
	number INTEGER_KEY,
	at BIGINT NOT NULL,
	author TEXT NOT NULL,
	comment TEXT NOT NULL,
	created TEXT NOT NULL,
	updated TEXT NOT NULL,
	deleted TEXT NOT NULL
);

CREATE TABLE definition (
	resource BIGINT NOT NULL REFERENCES resource (id),
	version BIGINT NOT NULL REFERENCES resource_version (number),
	text TEXT NOT NULL,
	PRIMARY KEY (resource, version)
);

CREATE TABLE account (
	id INTEGER_KEY,
	key TEXT NOT NULL UNIQUE,
	name TEXT NOT NULL,
	search TEXT NOT NULL,
	parent TEXT NOT NULL,
	industry TEXT NOT NULL,
	country TEXT NOT NULL,
	csm TEXT NOT NULL,
	csm_ref TEXT NOT NULL,
	csm_person BIGINT NOT NULL,
	tier TEXT NOT NULL,
	seats DOUBLE PRECISION,
	signed_up INTEGER,
	fields TEXT NOT NULL,
	ended INTEGER,
	cleared TEXT NOT NULL,
	valid_from BIGINT NOT NULL
);
CREATE INDEX account_search ON account (search);
CREATE INDEX account_csm ON account (csm_ref);

CREATE TABLE person (
	id INTEGER_KEY,
	key TEXT NOT NULL UNIQUE,
	name TEXT NOT NULL,
	email TEXT NOT NULL,
	email_ref TEXT NOT NULL,
	manager TEXT NOT NULL,
	role TEXT NOT NULL,
	team TEXT NOT NULL,
	hired INTEGER,
	left_day INTEGER,
	leave_reason TEXT NOT NULL,
	fields TEXT NOT NULL,
	cleared TEXT NOT NULL,
	valid_from BIGINT NOT NULL
);
CREATE INDEX person_email ON person (email_ref);

CREATE TABLE contact (
	id INTEGER_KEY,
	key TEXT NOT NULL UNIQUE,
	account BIGINT NOT NULL REFERENCES account (id),
	name TEXT NOT NULL,
	email TEXT NOT NULL,
	role TEXT NOT NULL,
	title TEXT NOT NULL
);
CREATE INDEX contact_account ON contact (account, name);

CREATE TABLE ticket (
	id INTEGER_KEY,
	key TEXT NOT NULL,
	account BIGINT NOT NULL REFERENCES account (id),
	opened BIGINT NOT NULL,
	closed BIGINT,
	priority TEXT NOT NULL,
	status TEXT NOT NULL,
	first_response_minutes DOUBLE PRECISION,
	csat DOUBLE PRECISION
);
CREATE INDEX ticket_account ON ticket (account, opened);

CREATE TABLE churn (
	id INTEGER_KEY,
	key TEXT NOT NULL,
	account BIGINT NOT NULL REFERENCES account (id),
	day INTEGER NOT NULL,
	reason TEXT NOT NULL,
	comment TEXT NOT NULL
);
CREATE INDEX churn_account ON churn (account, day);

CREATE TABLE interaction (
	id INTEGER_KEY,
	key TEXT NOT NULL,
	account BIGINT NOT NULL REFERENCES account (id),
	at BIGINT NOT NULL,
	type TEXT NOT NULL,
	title TEXT NOT NULL,
	text TEXT NOT NULL
);
CREATE INDEX interaction_account ON interaction (account, at);

CREATE TABLE answer (
	id INTEGER_KEY,
	key TEXT NOT NULL,
	survey TEXT NOT NULL,
	account BIGINT NOT NULL REFERENCES account (id),
	contact TEXT NOT NULL,
	at BIGINT NOT NULL,
	score DOUBLE PRECISION,
	comment TEXT NOT NULL
);
CREATE INDEX answer_account ON answer (account, at);

CREATE TABLE subscription (
	id INTEGER_KEY,
	key TEXT NOT NULL UNIQUE,
	account BIGINT NOT NULL REFERENCES account (id),
	product TEXT NOT NULL,
	start_day INTEGER NOT NULL,
	end_day INTEGER,
	arr BIGINT NOT NULL,
	currency TEXT NOT NULL,
	seats DOUBLE PRECISION,
	plan TEXT NOT NULL,
	trial INTEGER NOT NULL,
	one_off INTEGER NOT NULL,
	fields TEXT NOT NULL,
	removed INTEGER NOT NULL
);
CREATE INDEX subscription_account ON subscription (account, start_day);

CREATE TABLE ledger (
	id INTEGER_KEY,
	account BIGINT NOT NULL REFERENCES account (id),
	day INTEGER NOT NULL,
	currency TEXT NOT NULL,
	delta BIGINT NOT NULL,
	after_arr BIGINT NOT NULL,
	kind TEXT NOT NULL,
	recorded BIGINT NOT NULL,
	reverses BIGINT NOT NULL
);
CREATE INDEX ledger_account ON ledger (account, day);

CREATE TABLE rate (
	id INTEGER_KEY,
	currency TEXT NOT NULL,
	day INTEGER NOT NULL,
	value DOUBLE PRECISION NOT NULL,
	UNIQUE (currency, day)
);

CREATE TABLE import_run (
	id INTEGER_KEY,
	source BIGINT NOT NULL,
	name TEXT NOT NULL,
	file TEXT NOT NULL,
	actor TEXT NOT NULL,
	started BIGINT NOT NULL,
	finished BIGINT NOT NULL,
	report TEXT NOT NULL
);

CREATE TABLE import_row (
	source BIGINT NOT NULL,
	key_hi BIGINT NOT NULL,
	key_lo BIGINT NOT NULL,
	hash_hi BIGINT NOT NULL,
	hash_lo BIGINT NOT NULL,
	kind TEXT NOT NULL,
	target BIGINT NOT NULL,
	import BIGINT NOT NULL,
	line BIGINT NOT NULL,
	PRIMARY KEY (source, key_hi, key_lo)
) WITHOUT_ROWID;
CREATE INDEX import_row_target ON import_row (target, source);

CREATE TABLE outbox (
	seq INTEGER_KEY,
	delta TEXT NOT NULL
);

CREATE TABLE rule_standing (
	rule BIGINT PRIMARY KEY,
	step BIGINT NOT NULL
);

CREATE TABLE rule_state (
	rule BIGINT NOT NULL,
	subject BIGINT NOT NULL,
	phase TEXT NOT NULL,
	since BIGINT NOT NULL,
	episode BIGINT NOT NULL,
	ended BIGINT NOT NULL,
	step BIGINT NOT NULL,
	hold_since BIGINT NOT NULL,
	hold_reason TEXT NOT NULL,
	PRIMARY KEY (rule, subject)
) WITHOUT_ROWID;

CREATE TABLE cycle_done (
	cycle BIGINT PRIMARY KEY,
	at BIGINT NOT NULL
);

CREATE TABLE effect (
	key TEXT PRIMARY KEY,
	call BIGINT NOT NULL
);

CREATE TABLE action_call (
	id INTEGER_KEY,
	version BIGINT NOT NULL,
	subject_kind TEXT NOT NULL,
	subject BIGINT NOT NULL,
	subject_key TEXT NOT NULL,
	rule BIGINT NOT NULL,
	rule_name TEXT NOT NULL,
	effect INTEGER NOT NULL,
	episode BIGINT NOT NULL,
	joined BIGINT NOT NULL,
	type TEXT NOT NULL,
	reason TEXT NOT NULL,
	priority TEXT NOT NULL,
	urgency INTEGER NOT NULL,
	status TEXT NOT NULL,
	snoozed INTEGER,
	outcome TEXT NOT NULL,
	owner BIGINT NOT NULL,
	due INTEGER NOT NULL,
	opened_as_of BIGINT NOT NULL,
	opened_at BIGINT NOT NULL,
	recovered BIGINT NOT NULL,
	closed_at BIGINT NOT NULL,
	close_on_end INTEGER NOT NULL,
	playbook TEXT NOT NULL,
	evidence TEXT NOT NULL
);
CREATE UNIQUE INDEX action_call_slot ON action_call (rule, effect, subject) WHERE status <> 'closed' AND rule <> 0;
CREATE INDEX action_call_subject ON action_call (subject, id);
CREATE INDEX action_call_owner ON action_call (owner, due) WHERE status <> 'closed';
CREATE INDEX action_call_due ON action_call (due, urgency) WHERE status <> 'closed';
CREATE INDEX action_call_opened ON action_call (opened_as_of, id);

CREATE TABLE action_task (
	id INTEGER_KEY,
	call BIGINT NOT NULL REFERENCES action_call (id),
	name TEXT NOT NULL,
	title TEXT NOT NULL,
	due INTEGER NOT NULL,
	after_tasks TEXT NOT NULL,
	role TEXT NOT NULL,
	assignee BIGINT NOT NULL,
	done INTEGER NOT NULL,
	done_at BIGINT NOT NULL,
	done_by TEXT NOT NULL
);
CREATE INDEX action_task_call ON action_task (call, id);

CREATE TABLE action_event (
	id INTEGER_KEY,
	call BIGINT NOT NULL REFERENCES action_call (id),
	at BIGINT NOT NULL,
	author TEXT NOT NULL,
	kind TEXT NOT NULL,
	from_text TEXT NOT NULL,
	to_text TEXT NOT NULL,
	text TEXT NOT NULL
);
CREATE INDEX action_event_call ON action_event (call, id);

CREATE TABLE score_override (
	id INTEGER_KEY,
	subject BIGINT NOT NULL,
	scorecard TEXT NOT NULL,
	value DOUBLE PRECISION NOT NULL,
	reason TEXT NOT NULL,
	author TEXT NOT NULL,
	from_at BIGINT NOT NULL,
	until_at BIGINT NOT NULL,
	cleared BIGINT NOT NULL,
	cleared_by TEXT NOT NULL
);
CREATE INDEX score_override_subject ON score_override (subject, from_at);
CREATE INDEX score_override_scorecard ON score_override (scorecard, until_at);

CREATE TABLE audit (
	id INTEGER_KEY,
	at BIGINT NOT NULL,
	actor TEXT NOT NULL,
	action TEXT NOT NULL,
	object TEXT NOT NULL,
	detail TEXT NOT NULL
);
