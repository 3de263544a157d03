package app

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
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

// Listen opens the address of the pages.
func Listen(addr string) (net.Listener, error) {
	if _, _, err := net.SplitHostPort(addr); err != nil {
		return nil, &minori.Error{Code: minori.Invalid, Message: fmt.Sprintf("%q is not an address such as 127.0.0.1:8080", addr), Err: err}
	}
	ln, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, &minori.Error{Code: minori.Unavailable, Message: fmt.Sprintf("cannot listen on %s; choose another with --addr", addr), Err: err}
	}
	return ln, nil
}

// ListenHere opens an address that only this machine reaches: who comes to a
// demo is not asked who they are.
func ListenHere(addr string) (net.Listener, error) {
	ln, err := Listen(addr)
	if err == nil && !local(addr) {
		return nil, errors.Join(minori.Errorf(minori.Invalid, "%s can be reached from other machines, and a demo lets everybody in; use 127.0.0.1", addr), ln.Close())
	}
	return ln, err
}

// local reports whether an address is of this machine only.
func local(addr string) bool {
	host, _, err := net.SplitHostPort(addr)
	return err == nil && loopback(host)
}

func loopback(host string) bool {
	if host == "localhost" {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

// Serve answers HTTP on ln until the context ends, then lets requests finish.
// Here says to answer only under names of this machine.
func (a *App) Serve(ctx context.Context, ln net.Listener, h http.Handler, here bool) (err error) {
	if here {
		h = localOnly(h)
	}
	srv := &http.Server{Handler: h, ReadHeaderTimeout: headerTimeout, ReadTimeout: readTimeout, WriteTimeout: writeTimeout,
		IdleTimeout: idleTimeout, MaxHeaderBytes: maxHeaderBytes}
	srv.RegisterOnShutdown(a.live.Close) // streams last until they are ended
	stopped := make(chan error, 1)
	go func() {
		<-ctx.Done()
		end, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownTimeout)
		defer cancel()
		err := srv.Shutdown(end)
		if errors.Is(err, context.DeadlineExceeded) { // a client that does not send on; nobody waits for it
			err = srv.Close()
		}
		stopped <- err
	}()
	stopJobs, err := a.work.Start(ctx, shutdownTimeout)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stopJobs()) }()
	sweeping, stop := context.WithCancel(ctx)
	var loops sync.WaitGroup
	loops.Go(func() { a.sweep(sweeping) })
	loops.Go(func() { a.fold(sweeping) })
	defer func() { stop(); loops.Wait() }()
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
