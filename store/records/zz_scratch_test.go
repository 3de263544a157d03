package records_test

import (
	"os"
	"os/exec"
	"testing"

	"github.com/minori-hq/minori/store/records"
	"github.com/minori-hq/minori/store/storetest/recordstest"
)

func BenchmarkScratch(b *testing.B) {
	recordstest.BenchmarkImport(b, func(t testing.TB) *records.DB {
		return openAt(t, server.Database(t)+"&options=-c%20session_preload_libraries%3Dauto_explain%20-c%20auto_explain.log_min_duration%3D40%20-c%20auto_explain.log_analyze%3D1")
	})
	out, _ := exec.Command("sh", "-c", "cat /tmp/pgtest*/log").Output()
	os.WriteFile("/tmp/pglog_scratch.txt", out, 0o644)
}
