-- +goose Up
CREATE TABLE subject (kind INTEGER, id BIGINT, key VARCHAR, since INTEGER, until INTEGER, gone INTEGER);
CREATE TABLE field (subject BIGINT, field BIGINT, valid_from BIGINT, recorded BIGINT, seq BIGINT, num DOUBLE, txt VARCHAR);
CREATE TABLE term (id BIGINT, account BIGINT, starts INTEGER, ends INTEGER, arr BIGINT, currency VARCHAR, excluded INTEGER);
CREATE TABLE rate (currency VARCHAR, day INTEGER, value DOUBLE);

CREATE TABLE event (arrival BIGINT, subject BIGINT, name INTEGER, actor BIGINT, time BIGINT, day INTEGER, value DOUBLE, properties VARCHAR);
CREATE TABLE point (arrival BIGINT, source BIGINT, item BIGINT, subject BIGINT, metric BIGINT, time BIGINT, day INTEGER, value DOUBLE, l1 INTEGER, l2 INTEGER, l3 INTEGER);
CREATE TABLE import_row (source BIGINT, key_hi BIGINT, key_lo BIGINT, hash_hi BIGINT, hash_lo BIGINT, import BIGINT, line INTEGER, arrival BIGINT);
CREATE TABLE import_seen (source BIGINT, import BIGINT, key_hi BIGINT, key_lo BIGINT, hash_hi BIGINT, hash_lo BIGINT, line INTEGER);

CREATE TABLE actor (id BIGINT, key VARCHAR);
CREATE TABLE event_name (id INTEGER, name VARCHAR);
CREATE TABLE origin (id INTEGER, name VARCHAR);
CREATE TABLE label (metric BIGINT, pos INTEGER, id INTEGER, value VARCHAR);
CREATE TABLE metric_def (id BIGINT, definition VARCHAR, building INTEGER, generation BIGINT);
CREATE TABLE counter (name VARCHAR, value BIGINT);

CREATE TABLE rollup (subject BIGINT, metric BIGINT, day INTEGER, l1 INTEGER, l2 INTEGER, l3 INTEGER, sum DOUBLE, count BIGINT, min DOUBLE, max DOUBLE, last DOUBLE, last_at BIGINT, last_seq BIGINT);
CREATE TABLE actor_day (subject BIGINT, metric BIGINT, day INTEGER, actor BIGINT, l1 INTEGER, l2 INTEGER, l3 INTEGER);
CREATE TABLE first_point (subject BIGINT, metric BIGINT, day INTEGER);
CREATE TABLE metric_day (metric BIGINT, day INTEGER, last_at BIGINT, points BIGINT);

CREATE TABLE cycle (id BIGINT, kind INTEGER, as_of BIGINT, day INTEGER, complete INTEGER, config BIGINT, hand_over INTEGER, done INTEGER, whole INTEGER, computed_at BIGINT, measures VARCHAR);
CREATE TABLE measure_value (kind INTEGER, as_of BIGINT, subject BIGINT, measure BIGINT, type INTEGER, value DOUBLE, reason INTEGER);
CREATE TABLE score (kind INTEGER, as_of BIGINT, day INTEGER, subject BIGINT, scorecard BIGINT, version BIGINT, score DOUBLE, computed DOUBLE, override DOUBLE, cap_part DOUBLE, coverage DOUBLE, band VARCHAR, exception INTEGER, cap INTEGER);
CREATE TABLE member (segment BIGINT, as_of BIGINT, subject BIGINT);
CREATE TABLE member_day (segment BIGINT, as_of BIGINT);
CREATE TABLE list_column (kind INTEGER, pos INTEGER, name VARCHAR, type INTEGER);
