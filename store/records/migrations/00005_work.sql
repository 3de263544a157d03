ALTER TABLE action_task ADD COLUMN hours DOUBLE PRECISION NOT NULL DEFAULT 0;

CREATE TABLE action_worked (
	token TEXT PRIMARY KEY,
	at BIGINT NOT NULL,
	actor TEXT NOT NULL,
	change TEXT NOT NULL,
	calls TEXT NOT NULL,
	undone INTEGER NOT NULL
);
CREATE INDEX action_worked_at ON action_worked (at);

CREATE INDEX action_call_closed ON action_call (closed_at) WHERE closed_at <> 0;
CREATE INDEX action_call_recovered ON action_call (recovered) WHERE recovered <> 0;
CREATE INDEX ledger_expansion ON ledger (day) WHERE kind = 'expansion';
CREATE INDEX interaction_type ON interaction (type, account, at);
CREATE INDEX ledger_reversal ON ledger (day) WHERE reverses <> 0;
