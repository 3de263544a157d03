package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"time"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/observe"
)

// observeFlags say what operators see of a server.
type observeFlags struct {
	LogFormat string `help:"How log lines are written: text or json." enum:"text,json" default:"text" env:"MINORI_LOG_FORMAT"`
	LogLevel  string `help:"The least level that is logged: debug, info, warn or error." enum:"debug,info,warn,error" default:"info" env:"MINORI_LOG_LEVEL"`
	AccessLog string `help:"The level of the line that every request gets: debug or info." enum:"debug,info" default:"debug" env:"MINORI_ACCESS_LOG"`
	Pprof     string `help:"Address of this machine for profiles, such as 127.0.0.1:6060; off by default." placeholder:"ADDR"`
}

// demoObserve is how a demo is observed: it says what is wrong, and nothing else.
func demoObserve() observeFlags {
	return observeFlags{LogFormat: observe.FormatText, LogLevel: "warn", AccessLog: "debug"}
}

// metricsToken is the environment variable with the token for /metrics.
const metricsToken = "MINORI_METRICS_TOKEN"

// leastToken is how many characters it has at least.
const leastToken = 16

// lastTraces is how long the end of the program waits for traces to be taken.
const lastTraces = 3 * time.Second

// observer makes what operators see of a server that logs to w; the function
// ends it.
func (f observeFlags) observer(ctx context.Context, w io.Writer) (*observe.Observer, func(), error) {
	log, err := observe.NewLog(w, f.LogFormat, f.LogLevel)
	if err != nil {
		return nil, nil, err
	}
	access, err := observe.Level(f.AccessLog)
	if err != nil {
		return nil, nil, err
	}
	token := os.Getenv(metricsToken)
	if token != "" && len(token) < leastToken {
		return nil, nil, minori.Errorf(minori.Invalid, "%s has %d characters; take at least %d", metricsToken, len(token), leastToken)
	}
	tracer, err := observe.NewTracer(ctx, version())
	if err != nil {
		return nil, nil, err
	}
	end := func() {
		late, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastTraces)
		defer cancel()
		if err := tracer.Close(late); err != nil {
			log.Warn("the last traces were not taken", "error", err)
		}
	}
	return observe.New(observe.Config{Version: version(), Log: log, AccessLevel: access, Token: token, Tracer: tracer}), end, nil
}

// profiles opens the address for profiles, nil where none is asked for.
func (f observeFlags) profiles() (net.Listener, error) {
	if f.Pprof == "" {
		return nil, nil
	}
	return observe.ListenPprof(f.Pprof)
}

// profiles serves profiles until the context ends.
func profiles(ctx context.Context, ln net.Listener) error {
	srv := &http.Server{Handler: observe.Profiles(), ReadHeaderTimeout: 10 * time.Second}
	stop := context.AfterFunc(ctx, func() { _ = srv.Close() })
	defer stop()
	if err := srv.Serve(ln); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serving profiles: %w", err)
	}
	return nil
}
