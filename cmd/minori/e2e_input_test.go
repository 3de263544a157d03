package main

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// input is a server that takes messages, and a key for it.
type input struct {
	*server
	data, key string
}

// post sends a body and gives the status and the answer.
func (s *input) post(t testing.TB, path, key, body string, headers ...string) (int, string) {
	t.Helper()
	req, err := http.NewRequest(http.MethodPost, s.url+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.SetBasicAuth(key, "")
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(text)
}

// memory gives the most memory the server took so far, in bytes; 0 where the
// system does not say.
func (s *input) memory() int {
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.cmd.Process.Pid))
	_, rest, _ := strings.Cut(string(text), "VmHWM:")
	n, _ := strconv.Atoi(strings.Fields(rest + " 0")[0])
	return n << 10
}

// event is a message with a body of about size bytes.
func event(more string, size int) string {
	return fmt.Sprintf(`{"type":"track","userId":"u","event":"good"%s,"properties":{"a":%q}}`, more, strings.Repeat("x", size))
}

func events(n, size int) string {
	return `{"batch":[` + strings.Repeat(event("", size)+",", n-1) + event("", size) + `]}`
}

func gzipped(parts ...string) string {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	for _, p := range parts {
		_, _ = io.WriteString(z, p)
	}
	_ = z.Close()
	return b.String()
}

// TestBadInput sends what a server on the internet gets: each is answered as it
// should, what is good in it is stored, and the server stays as it was.
func TestBadInput(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	ok(t, "init", "--data", data)
	s := &input{server: serveData(t, data), data: data}
	s.key = ask[keyAnswer](t, "token", "add", "--data", data, "--write-key", "test").Key
	deep := strings.Repeat(`{"a":`, 2000) + "1" + strings.Repeat("}", 2000)
	hundredMB := gzipped(`{"batch":[`, strings.Repeat(" ", 100<<20), `]}`)
	good := 0
	for _, c := range []struct {
		name, body string
		status     int
		words      string // in the answer
		stored     int
	}{
		{"nothing", "", 400, "not JSON", 0},
		{"no JSON", "<html>", 400, "not JSON", 0},
		{"half a JSON", events(3, 10)[:100], 400, "not JSON", 0},
		{"a list", "[]", 400, "not a JSON object", 0},
		{"no batch", "{}", 400, `"field":"batch"`, 0},
		{"a wrong type", `{"batch":[` + event(`,"anonymousId":[1]`, 1) + `]}`, 400, `"field":"anonymousId"`, 0},
		{"wrong types among good ones", `{"batch":[` + event("", 1) + `,7,{"type":"track","userId":"u","event":5},` + event("", 1) + `]}`, 200, `[{"index":1,"field":"","reason":"has the wrong type"},{"index":2,"field":"event","reason":"has the wrong type"}]`, 2},
		{"nobody", `{"batch":[{"type":"track","event":"good"}]}`, 400, `"field":"userId"`, 0},
		{"a message of 33 KB among good ones", `{"batch":[` + event("", 1) + `,` + event("", 33<<10) + `]}`, 200, "larger than 32 KB", 1},
		{"a message of 33 KB", `{"batch":[` + event("", 33<<10) + `]}`, 400, "larger than 32 KB", 0},
		{"a batch of 501 KB", events(20, 501<<10/20), 413, "larger than 500 KB", 0},
		{"1970", `{"batch":[` + event(`,"timestamp":"1970-01-01T00:00:00Z"`, 1) + `]}`, 400, "before the year 2000", 0},
		{"2100", `{"batch":[` + event(`,"timestamp":"2100-01-01T00:00:00Z"`, 1) + `]}`, 400, "lies in the future", 0},
		{"1970 by its own clock", `{"batch":[` + event(`,"timestamp":"1970-01-01T00:00:00Z","sentAt":"1970-01-01T00:00:09Z"`, 1) + `]}`, 200, "", 1},
		{"no time", `{"batch":[` + event(`,"timestamp":"noon"`, 1) + `]}`, 400, "ISO 8601", 0},
		{"a null byte", "{\"batch\":[{\"type\":\"track\",\"userId\":\"u\x00\",\"event\":\"good\"}]}", 400, "not JSON", 0},
		{"null bytes", `{"batch":[{"type":"track","userId":"u\u0000","event":"good"},{"type":"track","userId":"u","event":"good","properties":{"a":"\u0000"}},` + event("", 1) + `]}`, 200, "null character", 1},
		{"no UTF-8", "{\"batch\":[{\"type\":\"track\",\"userId\":\"\xff\",\"event\":\"good\"}," + event("", 1) + "]}", 200, "not valid UTF-8", 1},
		{"deep nesting", `{"batch":[{"type":"track","userId":"u","event":"good","properties":` + deep + `},` + event("", 1) + `]}`, 200, "nested too deeply", 1},
		{"nesting without end", strings.Repeat(`{"batch":[`, 50_000), 400, "not JSON", 0},
		{"a gzip bomb", hundredMB, 413, "larger than 500 KB", 0},
		{"gzip in gzip", gzipped(gzipped(events(1, 1))), 400, "not JSON", 0},
		{"broken gzip", gzipped(events(10, 100))[:60], 400, "not valid gzip", 0},
		{"good gzip", gzipped(events(10, 100)), 200, "", 10},
	} {
		status, answer := s.post(t, "/v1/batch", s.key, c.body)
		var v map[string]any
		if err := json.Unmarshal([]byte(answer), &v); err != nil || status != c.status || !strings.Contains(answer, c.words) || v["success"] != (status == 200) {
			t.Errorf("%s: %d %.300s", c.name, status, answer)
		}
		good += c.stored
	}
	for _, key := range []string{"", "wrong", s.key + "x"} {
		if status, answer := s.post(t, "/v1/batch", key, events(1, 1)); status != 401 || !strings.Contains(answer, `"status":401`) {
			t.Errorf("the key %q: %d %s", key, status, answer)
		}
	}
	good += s.manyNames(t)
	s.bombs(t, hundredMB)
	good += s.halfSent(t)
	waitFor(t, fmt.Sprintf("%d good events", good), func() bool {
		day := time.Now().UTC()
		return ask[eventsAnswer](t, "report", "events", "--data", data, "--from", day.AddDate(0, 0, -2).Format(time.DateOnly), "--to", day.AddDate(0, 0, 1).Format(time.DateOnly)).Events == int64(good)
	})
	s.stop(t)
}

// manyNames sends 10,000 names of events.
func (s *input) manyNames(t *testing.T) int {
	for from := 0; from < 10_000; from += 2000 {
		var list []string
		for i := range 2000 {
			list = append(list, fmt.Sprintf(`{"type":"track","userId":"u","event":"name %d"}`, from+i))
		}
		if status, answer := s.post(t, "/v1/batch", s.key, `{"batch":[`+strings.Join(list, ",")+`]}`); status != 200 {
			t.Errorf("many names: %d %s", status, answer)
		}
	}
	return 10_000
}

// bombs sends many gzip bombs at once: the server's memory does not grow by
// what is in them.
func (s *input) bombs(t *testing.T, bomb string) {
	before := s.memory()
	var wg sync.WaitGroup
	for range 30 {
		wg.Go(func() {
			if status, answer := s.post(t, "/v1/import", s.key, bomb, "Content-Encoding", "gzip"); status != 413 && status != 429 {
				t.Errorf("a bomb: %d %s", status, answer)
			}
		})
	}
	wg.Wait()
	if grown := s.memory() - before; grown > 300<<20 {
		t.Errorf("30 bombs of 100 MB took %d MB", grown>>20)
	}
}

// halfSent opens many requests and does not end them, and breaks some off;
// others are served meanwhile, and the server can be stopped.
func (s *input) halfSent(t *testing.T) int {
	credentials := base64.StdEncoding.EncodeToString([]byte(s.key + ":"))
	for i := range 300 {
		c, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		_, err = fmt.Fprintf(c, "POST /v1/batch HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Basic %s\r\nContent-Length: 500000\r\n\r\n%s", credentials, events(5, 100))
		if err != nil {
			t.Fatal(err)
		}
		if i%2 == 0 {
			_ = c.Close()
		} else {
			t.Cleanup(func() { _ = c.Close() })
		}
	}
	for range 20 {
		if status, answer := s.post(t, "/v1/batch", s.key, events(5, 100)); status != 200 {
			t.Errorf("beside half-sent requests: %d %s", status, answer)
		}
	}
	return 100
}
