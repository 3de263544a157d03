CREATE TABLE identity_mark (
	one INTEGER PRIMARY KEY,
	arrival BIGINT NOT NULL,
	account BIGINT NOT NULL
);
INSERT INTO identity_mark (one, arrival, account) SELECT 1, 0, COALESCE(MAX(id), 0) FROM account;

CREATE TABLE identity_account (
	account BIGINT PRIMARY KEY REFERENCES account (id),
	traits TEXT NOT NULL
) WITHOUT_ROWID;

CREATE TABLE identity_actor (
	name TEXT PRIMARY KEY,
	same TEXT NOT NULL,
	app_user INTEGER NOT NULL,
	identified INTEGER NOT NULL,
	contact BIGINT NOT NULL,
	own INTEGER NOT NULL,
	traits TEXT NOT NULL,
	points TEXT NOT NULL
) WITHOUT_ROWID;

CREATE TABLE identity_waiting (
	account TEXT NOT NULL,
	actor TEXT NOT NULL,
	PRIMARY KEY (account, actor)
) WITHOUT_ROWID;
