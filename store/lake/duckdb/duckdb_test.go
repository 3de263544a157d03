package duckdb

import (
	"path/filepath"
	"testing"

	"github.com/minori-hq/minori/store/storetest/ingesttest"
	"github.com/minori-hq/minori/store/storetest/laketest"
)

func open(t testing.TB, path string) *Lake {
	t.Helper()
	l, err := Open(path, Options{Currency: "USD", MemoryLimit: "2GB"})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestConformance(t *testing.T) {
	laketest.Run(t, func(t *testing.T) laketest.Lake {
		return open(t, filepath.Join(t.TempDir(), "lake.duckdb"))
	})
}

func TestInbox(t *testing.T) {
	ingesttest.Run(t, func(t *testing.T, dir string) ingesttest.Lake {
		return open(t, filepath.Join(dir, "lake.duckdb"))
	})
}
