package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// smallDisk mounts a file system of some megabytes; it skips, loudly, where
// that is not allowed.
func smallDisk(t *testing.T, megabytes int) string {
	t.Helper()
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, fmt.Sprintf("size=%dm", megabytes)); err != nil {
		line := strings.Repeat("=", 72)
		fmt.Fprintf(os.Stderr, "\n%s\nNOT TESTED: what a full disk does, as no file system may be mounted here:\n%v. Run the tests as root to have it tested.\n%s\n", line, err, line)
		t.Skip("no file system may be mounted")
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// fill writes a file that leaves so many kilobytes free, and gives its name.
func fill(t *testing.T, disk string, free int) string {
	t.Helper()
	var st syscall.Statfs_t
	if err := syscall.Statfs(disk, &st); err != nil {
		t.Fatal(err)
	}
	n := int(st.Bavail)*int(st.Bsize) - free<<10
	if n <= 0 {
		t.Fatalf("only %d bytes are free", int(st.Bavail)*int(st.Bsize))
	}
	name := filepath.Join(disk, "ballast")
	if err := os.WriteFile(name, make([]byte, n), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// TestDiskFull: import, evaluate and apply on a full disk fail with words, leave
// nothing half done, and work once there is space.
func TestDiskFull(t *testing.T) {
	input := smallData(t, "")
	changed := editWorkspace(t, "scorecards.yaml", "weight: 50", "weight: 5")
	steps := []struct {
		name string
		args func(data string) []string
	}{
		{"import", func(data string) []string { return []string{"import", "--data", data, "--input", input} }},
		{"evaluate", func(data string) []string { return []string{"evaluate", "--data", data, "--as-of", "2024-12-31"} }},
		{"apply", func(data string) []string { return []string{"apply", "--data", data, changed} }},
	}
	// The same on a disk with space.
	want := applied.copy(t)
	for _, s := range steps {
		ok(t, s.args(want)...)
	}
	disk := smallDisk(t, 64)
	data := filepath.Join(disk, "data")
	copyDir(t, applied.path(t), data)
	for _, s := range steps {
		failures := 0
		for _, free := range []int{0, 64, 400, 1500} {
			ballast := fill(t, disk, free)
			r := minoriIn(t, "", s.args(data)...)
			if err := os.Remove(ballast); err != nil {
				t.Fatal(err)
			}
			if r.code == exitDone {
				if free == 0 {
					t.Errorf("%s on a full disk says that it is done: %v", s.name, r)
				}
				continue
			}
			failures++
			lower := strings.ToLower(r.errout)
			if r.code != exitFailed || !strings.Contains(lower, "space") && !strings.Contains(lower, "disk") && !strings.Contains(lower, "full") || len(r.errout) > 2000 {
				t.Errorf("%s with %d KB free: %v", s.name, free, r)
			}
		}
		t.Logf("%s failed %d times", s.name, failures)
		if s.name == "apply" && failures > 0 {
			d := ask[diffAnswer](t, "diff", "--data", data, changed)
			v := ok(t, "versions", "--data", data)
			if strings.HasPrefix(v, "2 ") != (len(d.Update) == 0) {
				t.Errorf("after failed applies: %+v, versions %s", d, v)
			}
		}
		if r := minoriIn(t, "", s.args(data)...); r.code != exitDone {
			t.Fatalf("%s with space again: %v", s.name, r)
		}
	}
	samePicture(t, "after full disks", picture(t, data, "2024-12-31"), picture(t, want, "2024-12-31"))
}
