-- +goose Up
-- Messages received and not folded yet. key and shard say by what a repetition is known; id is kept of those that say who is who.
-- came is when a message arrived.
CREATE TABLE inbox (arrival BIGINT, kind INTEGER, source BIGINT, key BIGINT, shard INTEGER, time BIGINT, came BIGINT, day INTEGER, id VARCHAR, name VARCHAR, user_id VARCHAR, anonymous VARCHAR, account VARCHAR, body VARCHAR);
-- Keys of messages that were folded, with the day (UTC) of their arrival.
CREATE TABLE message_key (key BIGINT, shard INTEGER, day INTEGER);
-- Events whose account is not known yet; arrival is that of the inbox.
CREATE TABLE waiting (arrival BIGINT, name INTEGER, actor BIGINT, account VARCHAR, time BIGINT, came BIGINT, day INTEGER, properties VARCHAR);
-- Which account an actor belongs to from when on.
CREATE TABLE link (actor BIGINT, account BIGINT, since BIGINT);
-- Further names of actors.
CREATE TABLE actor_alias (id BIGINT, key VARCHAR);
CREATE VIEW actor_key AS SELECT id, key FROM actor UNION ALL SELECT id, key FROM actor_alias;
