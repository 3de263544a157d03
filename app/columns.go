package app

import (
	"sync"

	minori "github.com/minori-hq/minori"
)

// maxColumns is how many columns of scores are kept ready: twelve weeks of two
// scorecards. One of 100,000 accounts takes 1.6 MB.
const maxColumns = 26

// scoreColumn is the known scores of all subjects at one as-of, by subject.
type scoreColumn struct {
	subjects []minori.ID
	scores   []float64
}

// columnKey names a column as it was written by one cycle; what is written
// again has another version.
type columnKey struct{ scorecard, asOf, version int64 }

// columnCache keeps the columns that the sparklines of lists read again and
// again. It holds nothing that is not stored.
type columnCache struct {
	mu      sync.Mutex
	columns map[columnKey]*cachedColumn
	uses    int64
}

// cachedColumn is a column that is read by the first who asks for it.
type cachedColumn struct {
	once   sync.Mutex
	done   bool
	column scoreColumn
	used   int64
}

func newColumnCache() *columnCache {
	return &columnCache{columns: map[columnKey]*cachedColumn{}}
}

// get gives a column, reading it if it is not kept.
func (c *columnCache) get(key columnKey, read func() (scoreColumn, error)) (scoreColumn, error) {
	e := c.entry(key)
	e.once.Lock()
	defer e.once.Unlock()
	if e.done {
		return e.column, nil
	}
	col, err := read()
	if err != nil {
		return scoreColumn{}, err
	}
	e.column, e.done = col, true
	return col, nil
}

// entry gives the place of a column, making room for it.
func (c *columnCache) entry(key columnKey) *cachedColumn {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.uses++
	e := c.columns[key]
	if e == nil {
		if len(c.columns) >= maxColumns {
			var oldest columnKey
			least := c.uses
			for k, x := range c.columns {
				if x.used < least {
					oldest, least = k, x.used
				}
			}
			delete(c.columns, oldest)
		}
		e = &cachedColumn{}
		c.columns[key] = e
	}
	e.used = c.uses
	return e
}
