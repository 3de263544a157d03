package inbox

import (
	"context"

	duck "github.com/duckdb/duckdb-go/v2"

	"github.com/minori-hq/minori/store/lake"
	"github.com/minori-hq/minori/store/lake/duckdb/internal/engine"
)

// Into notes that everything of one actor is of another from now on. Of merges
// in a circle the one that would close it changes nothing, as does one of nobody (0).
func Into(into map[int64]int64, old, now int64) {
	old, now = root(into, old), root(into, now)
	if old != now && old != 0 && now != 0 {
		into[old] = now
	}
}

// root follows merges to their end.
func root(into map[int64]int64, id int64) int64 {
	for {
		next, ok := into[id]
		if !ok {
			return id
		}
		id = next
	}
}

// Merge replaces actors by those they are merged into wherever they stand: all
// in one go.
func Merge(ctx context.Context, c engine.Conn, into map[int64]int64) error {
	if err := c.All(ctx, lake.Raw("CREATE OR REPLACE TEMP TABLE merged (old BIGINT, new BIGINT)")); err != nil {
		return err
	}
	err := c.AppendTo("temp", "merged", func(a *duck.Appender) error {
		for old := range into {
			if err := a.AppendRow(old, root(into, old)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	err = c.All(ctx,
		lake.Raw("INSERT INTO actor_alias SELECT m.new, a.key FROM actor a JOIN merged m ON a.id = m.old"),
		lake.Raw("DELETE FROM actor WHERE id IN (SELECT old FROM merged)"),
		// Where both belong to an account from the same instant on, the newer name's counts.
		lake.Raw("CREATE OR REPLACE TEMP TABLE relinked AS SELECT actor, arg_max(account, own * 4611686018427387904::HUGEINT + account) AS account, since FROM "+
			"(SELECT coalesce(m.new, l.actor) AS actor, l.account, l.since, CASE WHEN m.new IS NULL THEN 1 ELSE 0 END AS own FROM link l LEFT JOIN merged m ON l.actor = m.old "+
			"WHERE l.actor IN (SELECT old FROM merged UNION ALL SELECT new FROM merged)) u GROUP BY actor, since"),
		lake.Raw("DELETE FROM link WHERE actor IN (SELECT old FROM merged UNION ALL SELECT new FROM merged)"),
		lake.Raw("INSERT INTO link SELECT actor, account, since FROM relinked"),
		lake.Raw("INSERT INTO linked_actor SELECT DISTINCT actor FROM relinked"),
		lake.Raw("INSERT INTO merged_account SELECT a.subject, min(a.day) FROM actor_day a JOIN merged m ON a.actor = m.old GROUP BY a.subject"))
	if err != nil {
		return err
	}
	for _, of := range [][2]string{{"event", "actor"}, {"actor_day", "actor"}, {"waiting", "actor"}, {"actor_alias", "id"}, {"actor_hash", "id"}} {
		if err := c.All(ctx, lake.Raw("UPDATE "+of[0]+" SET "+of[1]+" = m.new FROM merged m WHERE "+of[0]+"."+of[1]+" = m.old")); err != nil {
			return err
		}
	}
	return nil
}
