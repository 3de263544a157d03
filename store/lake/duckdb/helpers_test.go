package duckdb

import (
	"fmt"
	"time"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/evaluate"
	"github.com/minori-hq/minori/metric"
)

// cycleOf makes a cycle of the 20 columns of benchQuery.
func cycleOf(r metric.Result) evaluate.Cycle {
	c := evaluate.Cycle{Kind: minori.Account, AsOf: minori.EndOf(benchTo, time.UTC), Result: r}
	for i := range 20 {
		c.Values = append(c.Values, evaluate.StoredValue{Column: fmt.Sprintf("o%d", i), Measure: int64(i + 1)})
	}
	return c
}
