CREATE TABLE app_user (
	id INTEGER_KEY,
	version BIGINT NOT NULL,
	email TEXT NOT NULL,
	email_ref TEXT NOT NULL UNIQUE,
	name TEXT NOT NULL,
	role TEXT NOT NULL,
	access TEXT NOT NULL,
	person BIGINT NOT NULL,
	lang TEXT NOT NULL,
	zone TEXT NOT NULL,
	theme TEXT NOT NULL,
	density TEXT NOT NULL,
	active INTEGER NOT NULL,
	created BIGINT NOT NULL,
	last_sign_in BIGINT NOT NULL,
	password TEXT NOT NULL,
	totp TEXT NOT NULL,
	totp_pending TEXT NOT NULL,
	totp_step BIGINT NOT NULL
);
CREATE INDEX app_user_name ON app_user (name, id);

CREATE TABLE user_recovery (
	user_id BIGINT NOT NULL REFERENCES app_user (id),
	hash TEXT NOT NULL,
	PRIMARY KEY (user_id, hash)
) WITHOUT_ROWID;

CREATE TABLE user_session (
	id INTEGER_KEY,
	hash TEXT NOT NULL UNIQUE,
	user_id BIGINT NOT NULL REFERENCES app_user (id),
	created BIGINT NOT NULL,
	used BIGINT NOT NULL,
	agent TEXT NOT NULL,
	address TEXT NOT NULL
);
CREATE INDEX user_session_user ON user_session (user_id, used);

CREATE TABLE user_token (
	hash TEXT PRIMARY KEY,
	kind TEXT NOT NULL,
	user_id BIGINT NOT NULL REFERENCES app_user (id),
	expires BIGINT NOT NULL
);
CREATE INDEX user_token_user ON user_token (user_id, kind);

CREATE TABLE sign_in_attempt (
	key TEXT PRIMARY KEY,
	count BIGINT NOT NULL,
	until_at BIGINT NOT NULL
);
CREATE INDEX sign_in_attempt_until ON sign_in_attempt (until_at);

ALTER TABLE audit ADD COLUMN hash TEXT NOT NULL DEFAULT '';
CREATE INDEX audit_actor ON audit (actor, id);
CREATE INDEX audit_action ON audit (action, id);

CREATE TABLE audit_head (
	one INTEGER_KEY,
	line BIGINT NOT NULL,
	hash TEXT NOT NULL
);
