package duckdb

import (
	"context"
	"maps"
	"slices"

	duck "github.com/duckdb/duckdb-go/v2"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/store/lake"
	"github.com/minori-hq/minori/store/lake/duckdb/internal/inbox"
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
	for i := range c.merges {
		inbox.Into(into, ids[2*i], ids[2*i+1])
	}
	if len(into) == 0 {
		return nil
	}
	clear(w.dict.actors) // some of them
	if err := w.hashActors(ctx); err != nil {
		return err
	}
	if err := inbox.Merge(ctx, w.Conn, into); err != nil {
		return err
	}
	return w.changed(ctx, "SELECT account AS subject, day FROM merged_account")
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
