// Package prom runs a Prometheus server on this computer and asks it, for tests and
// examples.
package prom

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/buoy-go/buoy/internal/service"
)

// Program is Prometheus, as Debian packages it.
var Program = service.Program{Name: "prometheus", Package: "prometheus"}

// Spec is a new server with this configuration. prepare, if it is not nil, runs before
// the start, with the server's folder, where its data is in "data".
func Spec(config string, prepare func(dir string) error) service.Spec {
	return service.Spec{
		Program: Program,
		Args: func(dir string, port int) []string {
			return []string{
				"--config.file=" + filepath.Join(dir, "prometheus.yml"), "--storage.tsdb.path=" + filepath.Join(dir, "data"),
				"--web.listen-address=127.0.0.1:" + strconv.Itoa(port), "--log.level=warn",
			}
		},
		Prepare: func(s *service.Server) error {
			if err := os.WriteFile(filepath.Join(s.Dir, "prometheus.yml"), []byte(config), 0o644); err != nil {
				return err
			}
			if prepare == nil {
				return nil
			}
			return prepare(s.Dir)
		},
		Ready: func(ctx context.Context, s *service.Server) error {
			_, err := get(ctx, "http://"+s.Addr()+"/-/ready")
			return err
		},
	}
}

// Series is a series of an answer.
type Series struct {
	Labels map[string]string
	Values []float64 // one, the latest, for [Query]
}

// Query asks a server at addr for the values of an expression at a time.
func Query(ctx context.Context, addr, expr string, at time.Time) ([]Series, error) {
	return ask(ctx, addr, "query", url.Values{"query": {expr}, "time": {unix(at)}})
}

// QueryRange asks for the values between two times.
func QueryRange(ctx context.Context, addr, expr string, from, to time.Time, step time.Duration) ([]Series, error) {
	return ask(ctx, addr, "query_range", url.Values{"query": {expr}, "start": {unix(from)}, "end": {unix(to)}, "step": {step.String()}})
}

func unix(t time.Time) string { return strconv.FormatInt(t.Unix(), 10) }

// ask reads an answer of the HTTP API.
// See https://prometheus.io/docs/prometheus/latest/querying/api/.
func ask(ctx context.Context, addr, what string, form url.Values) ([]Series, error) {
	body, err := get(ctx, "http://"+addr+"/api/v1/"+what+"?"+form.Encode())
	if err != nil {
		return nil, err
	}
	var reply struct {
		Data struct {
			Result []struct {
				Metric map[string]string
				Value  *point
				Values []point
			}
		}
	}
	if err := json.Unmarshal(body, &reply); err != nil {
		return nil, fmt.Errorf("prometheus: %w", err)
	}
	var all []Series
	for _, r := range reply.Data.Result {
		if r.Value != nil {
			r.Values = append(r.Values, *r.Value)
		}
		s := Series{Labels: r.Metric}
		for _, p := range r.Values {
			s.Values = append(s.Values, p.value)
		}
		all = append(all, s)
	}
	return all, nil
}

// point is [time, "value"] in JSON.
type point struct{ value float64 }

func (p *point) UnmarshalJSON(data []byte) (err error) {
	var value string
	if err := json.Unmarshal(data, &[]any{new(float64), &value}); err != nil {
		return err
	}
	p.value, err = strconv.ParseFloat(value, 64)
	return err
}

func get(ctx context.Context, address string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, 16<<20))
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("prometheus: %s: %.300s", resp.Status, body)
	}
	return body, err
}
