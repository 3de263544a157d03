CREATE TABLE write_key (
	id INTEGER_KEY,
	hash TEXT NOT NULL UNIQUE,
	name TEXT NOT NULL,
	source BIGINT NOT NULL REFERENCES resource (id),
	source_name TEXT NOT NULL,
	scopes TEXT NOT NULL,
	origins TEXT NOT NULL,
	created BIGINT NOT NULL,
	created_by TEXT NOT NULL,
	used BIGINT NOT NULL,
	expires BIGINT NOT NULL,
	revoked BIGINT NOT NULL
);
CREATE INDEX write_key_source ON write_key (source, id);
