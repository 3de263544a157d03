package records_test

import (
	"testing"

	"github.com/minori-hq/minori/store/storetest/livetest"
)

func TestSQLiteLive(t *testing.T)   { livetest.Run(t, openSQLite) }
func TestPostgresLive(t *testing.T) { livetest.Run(t, openPostgres) }
