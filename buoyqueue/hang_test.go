package buoyqueue_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/buoy-go/buoy/buoyqueue"
	"github.com/buoy-go/buoy/buoyqueue/postgres"
	"github.com/buoy-go/buoy/buoytest"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"
)

// wires are the connections to a server, which may be cut so that neither side hears of it.
type wires struct {
	mu  sync.Mutex
	all []*wire
}

type wire struct {
	net.Conn
	cut chan struct{}
}

func (w *wires) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	conn, err := new(net.Dialer).DialContext(ctx, network, addr)
	if err != nil {
		return nil, err
	}
	near, far := net.Pipe()
	one := &wire{far, make(chan struct{})}
	w.mu.Lock()
	w.all = append(w.all, one)
	w.mu.Unlock()
	pump := func(to io.WriteCloser, from io.ReadCloser) {
		buf := make([]byte, 64<<10)
		for {
			n, err := from.Read(buf)
			select {
			case <-one.cut: // what comes is lost, until somebody closes
				_, _ = io.Copy(io.Discard, from)
				return
			default:
			}
			if n > 0 {
				_, _ = to.Write(buf[:n])
			}
			if err != nil {
				_ = to.Close()
				return
			}
		}
	}
	go pump(conn, far)
	go pump(far, conn)
	return near, nil
}

func (w *wires) cutAll() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, one := range w.all {
		close(one.cut)
	}
	w.all = nil
}

// A database that goes without a word, as one does whose computer fails, leaves connections
// that hang. Its successor gets the answer all the same, and nothing is paid twice.
func TestConnectionsThatHang(t *testing.T) {
	if testing.Short() {
		t.Skip("a connection that hangs is given up after some seconds")
	}
	b := newServerBed(t)
	config, err := pgxpool.ParseConfig(b.url)
	require.NoError(t, err)
	var connections wires
	config.MaxConns = 8
	config.ConnConfig.DialFunc = connections.dial
	pool, err := pgxpool.NewWithConfig(t.Context(), config)
	require.NoError(t, err)
	t.Cleanup(pool.Close)
	goOn := make(chan struct{})
	srv, client := deskOf(t, func(next http.RoundTripper, r *http.Request) (*http.Response, error) {
		<-goOn
		return next.RoundTrip(r)
	}, buoytest.Always(buoytest.Reply("fine")))
	engine, err := postgres.New(pool, b.schema)
	require.NoError(t, err)
	q, err := buoyqueue.Open(t.Context(), engine, client, once(buoyqueue.Options{Timeout: 5 * time.Minute}))
	require.NoError(t, err)
	t.Cleanup(func() { _ = q.Close() })
	ticket, err := q.Enqueue(t.Context(), ask("hello"))
	require.NoError(t, err)
	running(t, q)
	eventually(t, func() bool { return b.scan(t, "SELECT count(*) FROM "+b.jobs()+" WHERE state = 'running'") == 1 }, "it runs")
	connections.cutAll()
	begun := time.Now()
	close(goOn)
	eventually(t, func() bool { return b.scan(t, "SELECT count(*) FROM "+b.jobs()+" WHERE state = 'completed'") == 1 }, "it is done")
	t.Logf("done after %v", time.Since(begun).Round(time.Second))
	require.NoError(t, ignore(q.Wait(within(t), ticket.ID)))
	require.Len(t, srv.Requests(), 1)
}
