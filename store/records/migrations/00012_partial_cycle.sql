-- +goose Up
CREATE TABLE partial_cycle (
	kind TEXT NOT NULL,
	as_of BIGINT NOT NULL,
	subjects TEXT NOT NULL,
	PRIMARY KEY (kind, as_of)
);

CREATE TABLE late_subject (
	subject BIGINT PRIMARY KEY,
	from_day INTEGER NOT NULL,
	noted BIGINT NOT NULL
);

CREATE INDEX rule_state_subject ON rule_state (subject);
CREATE INDEX rule_state_pending ON rule_state (rule, since) WHERE phase = 'pending';
CREATE INDEX score_override_from ON score_override (from_at);
CREATE INDEX score_override_until ON score_override (until_at);
CREATE INDEX score_override_cleared ON score_override (cleared) WHERE cleared <> 0;
