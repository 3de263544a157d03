CREATE TABLE notice (
	id INTEGER_KEY,
	key TEXT NOT NULL UNIQUE,
	kind TEXT NOT NULL,
	person BIGINT NOT NULL,
	at BIGINT NOT NULL,
	subject BIGINT NOT NULL,
	call BIGINT NOT NULL,
	author TEXT NOT NULL,
	detail TEXT NOT NULL,
	read_at BIGINT NOT NULL
);
CREATE INDEX notice_person ON notice (person, id);
CREATE INDEX notice_unread ON notice (person, kind) WHERE read_at = 0;
CREATE INDEX notice_at ON notice (at);

CREATE TABLE notice_off (
	app_user TEXT NOT NULL,
	kind TEXT NOT NULL,
	PRIMARY KEY (app_user, kind)
) WITHOUT_ROWID;
