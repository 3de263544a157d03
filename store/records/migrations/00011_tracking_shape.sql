CREATE TABLE tracking_shape (
	source BIGINT NOT NULL,
	event TEXT NOT NULL,
	property TEXT NOT NULL,
	type TEXT NOT NULL,
	first_seen BIGINT NOT NULL,
	last_seen BIGINT NOT NULL,
	PRIMARY KEY (source, event, property, type)
) WITHOUT_ROWID;
