-- +goose Up
-- Accounts whose distinct actors changed by a merge, with the first day, until a fold tells of them.
CREATE TABLE merged_account (account BIGINT, day INTEGER);
