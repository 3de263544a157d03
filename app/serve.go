package app

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	minori "github.com/minori-hq/minori"
)

// Limits of the HTTP server.
const (
	headerTimeout   = 10 * time.Second
	readTimeout     = 60 * time.Second
	writeTimeout    = 120 * time.Second
	idleTimeout     = 2 * time.Minute
	maxHeaderBytes  = 64 << 10
	shutdownTimeout = 10 * time.Second
)

// Listen opens the address of the pages. Until there is sign-in, whoever
// reaches it works as one user with all rights, so it has to be a loopback
// address unless remote says that this is wanted.
func Listen(addr string, remote bool) (net.Listener, error) {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, &minori.Error{Code: minori.Invalid, Message: fmt.Sprintf("%q is not an address such as 127.0.0.1:8080", addr), Err: err}
	}
	if !remote && !loopback(host) {
		return nil, minori.Errorf(minori.Invalid,
			"%s can be reached from other machines, and there is no sign-in yet: everybody who reaches it could read and change everything; use 127.0.0.1, or --remote if a proxy in front of it signs people in", addr)
	}
	ln, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, &minori.Error{Code: minori.Unavailable, Message: fmt.Sprintf("cannot listen on %s; choose another with --addr", addr), Err: err}
	}
	return ln, nil
}

func loopback(host string) bool {
	if host == "localhost" {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

// Serve answers HTTP on ln until the context ends, then lets requests finish.
func (a *App) Serve(ctx context.Context, ln net.Listener, h http.Handler, remote bool) error {
	if !remote {
		h = localOnly(h)
	}
	srv := &http.Server{Handler: h, ReadHeaderTimeout: headerTimeout, ReadTimeout: readTimeout, WriteTimeout: writeTimeout,
		IdleTimeout: idleTimeout, MaxHeaderBytes: maxHeaderBytes}
	stopped := make(chan error, 1)
	go func() {
		<-ctx.Done()
		end, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownTimeout)
		defer cancel()
		stopped <- srv.Shutdown(end)
	}()
	if err := srv.Serve(ln); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serving pages: %w", err)
	}
	return <-stopped
}

// localOnly refuses requests whose Host is not this machine's own: a page of
// another site must not reach the server through a name that points here.
func localOnly(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host := r.Host
		if h, _, err := net.SplitHostPort(host); err == nil {
			host = h
		}
		if !loopback(host) {
			http.Error(w, "This server answers only under 127.0.0.1 or localhost.", http.StatusMisdirectedRequest)
			return
		}
		h.ServeHTTP(w, r)
	})
}
