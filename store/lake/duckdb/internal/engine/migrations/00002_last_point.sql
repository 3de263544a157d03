-- +goose Up
CREATE TABLE last_point AS SELECT subject, metric, l1, l2, l3, max(day) AS day,
    arg_max(last, CAST(last_at AS HUGEINT) * 4611686018427387904 + last_seq) AS last, max(last_at) AS last_at,
    arg_max(last_seq, CAST(last_at AS HUGEINT) * 4611686018427387904 + last_seq) AS last_seq
    FROM rollup GROUP BY subject, metric, l1, l2, l3 ORDER BY subject, metric;
