package duckdb

import (
	"context"
	"maps"
	"slices"

	duck "github.com/duckdb/duckdb-go/v2"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/store/lake"
)

// linkKey is an actor from an instant on.
type linkKey struct {
	actor string
	since int64
}

// writeMerges makes names the same actor: the id of the older name is replaced
// by the other's wherever it stands, for all merges in one go. Of merges in a
// circle the one that would close it changes nothing.
func (c *change) writeMerges(ctx context.Context, w *tx) error {
	if len(c.merges) == 0 {
		return nil
	}
	keys := make([]string, 0, 2*len(c.merges))
	for _, m := range c.merges {
		keys = append(keys, m.Old, m.New)
	}
	ids := make([]int64, len(keys))
	if err := w.actorIDs(ctx, keys, ids); err != nil {
		return err
	}
	into := map[int64]int64{}
	root := func(id int64) int64 {
		for {
			next, ok := into[id]
			if !ok {
				return id
			}
			id = next
		}
	}
	for i := range c.merges {
		old, now := root(ids[2*i]), root(ids[2*i+1])
		if old != now && old != 0 && now != 0 {
			into[old] = now
		}
	}
	if len(into) == 0 {
		return nil
	}
	err := w.All(ctx, lake.Raw("CREATE OR REPLACE TEMP TABLE merged (old BIGINT, new BIGINT)"))
	if err != nil {
		return err
	}
	err = w.AppendTo("temp", "merged", func(a *duck.Appender) error {
		for old := range into {
			if err := a.AppendRow(old, root(old)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	clear(w.dict.actors) // some of them
	if err := w.hashActors(ctx); err != nil {
		return err
	}
	return w.merge(ctx)
}

// merge replaces the actors of the table merged.
func (w *tx) merge(ctx context.Context) error {
	statements := []lake.SQL{
		lake.Raw("INSERT INTO actor_alias SELECT m.new, a.key FROM actor a JOIN merged m ON a.id = m.old"),
		lake.Raw("DELETE FROM actor WHERE id IN (SELECT old FROM merged)"),
		// Where both belong to an account from the same instant on, the newer name's counts.
		lake.Raw("CREATE OR REPLACE TEMP TABLE relinked AS SELECT actor, arg_max(account, own * 4611686018427387904::HUGEINT + account) AS account, since FROM " +
			"(SELECT coalesce(m.new, l.actor) AS actor, l.account, l.since, CASE WHEN m.new IS NULL THEN 1 ELSE 0 END AS own FROM link l LEFT JOIN merged m ON l.actor = m.old " +
			"WHERE l.actor IN (SELECT old FROM merged UNION ALL SELECT new FROM merged)) u GROUP BY actor, since"),
		lake.Raw("DELETE FROM link WHERE actor IN (SELECT old FROM merged UNION ALL SELECT new FROM merged)"),
		lake.Raw("INSERT INTO link SELECT actor, account, since FROM relinked"),
		lake.Raw("INSERT INTO linked_actor SELECT DISTINCT actor FROM relinked"),
	}
	for _, of := range [][2]string{{"event", "actor"}, {"actor_day", "actor"}, {"waiting", "actor"}, {"actor_alias", "id"}, {"actor_hash", "id"}} {
		statements = append(statements, lake.Raw("UPDATE "+of[0]+" SET "+of[1]+" = m.new FROM merged m WHERE "+of[0]+"."+of[1]+" = m.old"))
	}
	return w.All(ctx, statements...)
}

// writeLinks says which accounts actors belong to.
func (c *change) writeLinks(ctx context.Context, w *tx) error {
	if len(c.links) == 0 {
		return nil
	}
	links := slices.Collect(maps.Keys(c.links))
	keys, ids := make([]string, len(links)), make([]int64, len(links))
	for i, k := range links {
		keys[i] = k.actor
	}
	if err := w.actorIDs(ctx, keys, ids); err != nil {
		return err
	}
	at := map[[2]int64]minori.ID{}
	for i, k := range links {
		// Of two names of one actor the one with the greater account counts, whatever their order.
		if to := [2]int64{ids[i], k.since}; ids[i] != 0 {
			at[to] = max(at[to], c.links[k])
		}
	}
	err := w.upsert(ctx, "link", []string{"actor", "since"}, func(a *duck.Appender) error {
		for to, account := range at {
			if err := a.AppendRow(to[0], int64(account), to[1]); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return w.All(ctx, lake.Raw("INSERT INTO linked_actor SELECT actor FROM new_link"))
}
