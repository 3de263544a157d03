CREATE TABLE list_view (
	id INTEGER_KEY,
	version BIGINT NOT NULL,
	name TEXT NOT NULL,
	owner TEXT NOT NULL,
	shared INTEGER NOT NULL,
	columns TEXT NOT NULL,
	filters TEXT NOT NULL,
	search TEXT NOT NULL,
	sort TEXT NOT NULL,
	descending INTEGER NOT NULL,
	changed_at BIGINT NOT NULL,
	changed_by TEXT NOT NULL
);
CREATE INDEX list_view_owner ON list_view (owner, name);
CREATE INDEX list_view_shared ON list_view (name) WHERE shared = 1;

CREATE TABLE list_default (
	owner TEXT PRIMARY KEY,
	list_view BIGINT NOT NULL
);

CREATE TABLE account_batch (
	id INTEGER_KEY,
	actor TEXT NOT NULL,
	at BIGINT NOT NULL,
	field TEXT NOT NULL,
	changes TEXT NOT NULL,
	undone BIGINT NOT NULL
);
