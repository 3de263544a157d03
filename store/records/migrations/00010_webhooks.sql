CREATE TABLE webhook_endpoint (
	id INTEGER_KEY,
	version BIGINT NOT NULL,
	name TEXT NOT NULL,
	url TEXT NOT NULL,
	kinds TEXT NOT NULL,
	enabled BIGINT NOT NULL,
	stopped TEXT NOT NULL,
	created BIGINT NOT NULL,
	created_by TEXT NOT NULL,
	failing BIGINT NOT NULL,
	rotated BIGINT NOT NULL,
	secret TEXT NOT NULL,
	old_secret TEXT NOT NULL
);

CREATE TABLE webhook_event (
	id INTEGER_KEY,
	key TEXT NOT NULL UNIQUE,
	uid TEXT NOT NULL,
	kind TEXT NOT NULL,
	at BIGINT NOT NULL,
	body TEXT NOT NULL,
	endpoint BIGINT NOT NULL,
	fanned_out BIGINT NOT NULL
);
CREATE INDEX webhook_event_unsent ON webhook_event (id) WHERE fanned_out = 0;
CREATE INDEX webhook_event_at ON webhook_event (at);

CREATE TABLE webhook_delivery (
	id INTEGER_KEY,
	event BIGINT NOT NULL,
	endpoint BIGINT NOT NULL,
	state TEXT NOT NULL,
	attempts BIGINT NOT NULL,
	round BIGINT NOT NULL,
	created BIGINT NOT NULL,
	next_try BIGINT NOT NULL,
	finished BIGINT NOT NULL,
	code BIGINT NOT NULL,
	error TEXT NOT NULL,
	UNIQUE (event, endpoint)
);
CREATE INDEX webhook_delivery_endpoint ON webhook_delivery (endpoint, state, id);
CREATE INDEX webhook_delivery_finished ON webhook_delivery (finished) WHERE finished > 0;

CREATE TABLE webhook_attempt (
	delivery BIGINT NOT NULL,
	number BIGINT NOT NULL,
	at BIGINT NOT NULL,
	millis BIGINT NOT NULL,
	code BIGINT NOT NULL,
	error TEXT NOT NULL,
	PRIMARY KEY (delivery, number)
) WITHOUT_ROWID;

CREATE TABLE webhook_band (
	scorecard TEXT NOT NULL,
	subject BIGINT NOT NULL,
	band TEXT NOT NULL,
	as_of BIGINT NOT NULL,
	PRIMARY KEY (scorecard, subject)
) WITHOUT_ROWID;
