// Package columns keeps the columns of scores that lists draw again and again.
package columns

import (
	"sync"

	minori "github.com/minori-hq/minori"
)

// maxColumns is how many columns of scores are kept ready: twelve weeks of two
// scorecards. One of 100,000 accounts takes 1.6 MB.
const maxColumns = 26

// Scores is the known scores of all subjects at one as-of, by subject.
type Scores struct {
	Subjects []minori.ID
	Scores   []float64
}

// Key names a column as it was written by one cycle; what is written
// again has another version.
type Key struct{ Scorecard, AsOf, Version int64 }

// Cache keeps the columns that the sparklines of lists read again and
// again. It holds nothing that is not stored.
type Cache struct {
	mu      sync.Mutex
	columns map[Key]*cachedColumn
	uses    int64
}

// cachedColumn is a column that is read by the first who asks for it.
type cachedColumn struct {
	once   sync.Mutex
	done   bool
	column Scores
	used   int64
}

// New makes a Cache that holds nothing.
func New() *Cache {
	return &Cache{columns: map[Key]*cachedColumn{}}
}

// Get gives a column, reading it if it is not kept.
func (c *Cache) Get(key Key, read func() (Scores, error)) (Scores, error) {
	e := c.entry(key)
	e.once.Lock()
	defer e.once.Unlock()
	if e.done {
		return e.column, nil
	}
	col, err := read()
	if err != nil {
		return Scores{}, err
	}
	e.column, e.done = col, true
	return col, nil
}

// entry gives the place of a column, making room for it.
func (c *Cache) entry(key Key) *cachedColumn {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.uses++
	e := c.columns[key]
	if e == nil {
		if len(c.columns) >= maxColumns {
			var oldest Key
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
