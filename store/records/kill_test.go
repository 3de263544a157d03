package records_test

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/minori-hq/minori/store/storetest/recordstest"
)

// killVariable makes this test binary the process that is killed.
const killVariable = "RECORDS_TEST_KILL"

func TestKillSQLite(t *testing.T) {
	kill(t, "sqlite:"+filepath.Join(t.TempDir(), "records.db"))
}

func TestKillPostgres(t *testing.T) {
	if server == nil {
		t.Skip("no PostgreSQL")
	}
	kill(t, server.Database(t))
}

// kill starts an importing process again and again, kills it at some moment
// after its first acknowledged batch, and looks at what is left.
func kill(t *testing.T, url string) {
	rounds := 8
	if testing.Short() {
		rounds = 3
	}
	done := 0
	for round := range rounds {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), killVariable+"="+url)
		cmd.Stderr = os.Stderr
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		timer := time.AfterFunc(time.Minute, func() { _ = cmd.Process.Kill() })
		lines, first := bufio.NewScanner(out), true
		for lines.Scan() {
			n, err := strconv.Atoi(lines.Text())
			if err != nil {
				t.Fatal(err)
			}
			if first {
				first = false
				time.AfterFunc(time.Duration(7+round*13)*time.Millisecond, func() { _ = cmd.Process.Kill() })
			}
			done = n + 1
		}
		_ = cmd.Wait()
		timer.Stop()
		recordstest.CheckKilled(t, url, done)
	}
	if done < rounds {
		t.Fatalf("only %d batches in %d rounds", done, rounds)
	}
}
