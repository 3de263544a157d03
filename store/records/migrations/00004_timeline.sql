CREATE TABLE timeline_entry (
	interaction BIGINT PRIMARY KEY REFERENCES interaction (id) ON DELETE CASCADE,
	version BIGINT NOT NULL,
	call BIGINT NOT NULL,
	author TEXT NOT NULL,
	author_user BIGINT NOT NULL,
	author_person BIGINT NOT NULL,
	created BIGINT NOT NULL,
	edited BIGINT NOT NULL,
	edited_by TEXT NOT NULL
);
CREATE INDEX timeline_entry_author ON timeline_entry (author_person, interaction);

CREATE TABLE timeline_with (
	interaction BIGINT NOT NULL REFERENCES timeline_entry (interaction) ON DELETE CASCADE,
	part TEXT NOT NULL,
	target BIGINT NOT NULL,
	PRIMARY KEY (interaction, part, target)
) WITHOUT_ROWID;
CREATE INDEX timeline_with_target ON timeline_with (target, part);

CREATE TABLE timeline_file (
	id INTEGER_KEY,
	interaction BIGINT NOT NULL REFERENCES timeline_entry (interaction) ON DELETE CASCADE,
	hash TEXT NOT NULL,
	name TEXT NOT NULL,
	size BIGINT NOT NULL
);
CREATE INDEX timeline_file_entry ON timeline_file (interaction, id);
CREATE INDEX timeline_file_hash ON timeline_file (hash);

CREATE INDEX account_parent ON account (parent);
CREATE INDEX person_manager ON person (manager);
