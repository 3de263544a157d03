package records_test

import (
	"testing"

	"github.com/minori-hq/minori/store/storetest/recordstest"
)

func BenchmarkImportSQLite(b *testing.B)   { recordstest.BenchmarkImport(b, openSQLite) }
func BenchmarkImportPostgres(b *testing.B) { recordstest.BenchmarkImport(b, openPostgres) }
func BenchmarkOpenSQLite(b *testing.B)     { recordstest.BenchmarkOpen(b, openSQLite) }
func BenchmarkOpenPostgres(b *testing.B)   { recordstest.BenchmarkOpen(b, openPostgres) }
