package metrics

import (
	"context"
	"path"

	"google.golang.org/grpc/stats"
	"google.golang.org/grpc/status"
)

// service is Fivetran's; health checks and reflection are not counted.
const service = "/fivetran_sdk.v2.SourceConnector"

// Calls counts Fivetran's calls: give it to the server with grpc.StatsHandler.
func (m *Metrics) Calls() stats.Handler { return calls{m} }

type calls struct{ metrics *Metrics }

// method is the key under which a call's context holds its name.
type method struct{}

func (c calls) TagRPC(ctx context.Context, info *stats.RPCTagInfo) context.Context {
	if path.Dir(info.FullMethodName) != service {
		return ctx
	}
	return context.WithValue(ctx, method{}, path.Base(info.FullMethodName))
}

// HandleRPC counts what happens to a call.
func (c calls) HandleRPC(ctx context.Context, event stats.RPCStats) {
	name, ok := ctx.Value(method{}).(string)
	if !ok {
		return
	}
	switch event := event.(type) {
	case *stats.Begin:
		c.metrics.running.WithLabelValues(name).Inc()
	case *stats.OutPayload:
		c.metrics.sent.WithLabelValues(name).Add(float64(event.Length))
	case *stats.End:
		c.metrics.running.WithLabelValues(name).Dec()
		c.metrics.calls.WithLabelValues(name, status.Code(event.Error).String()).Inc()
		c.metrics.callSeconds.WithLabelValues(name).Observe(event.EndTime.Sub(event.BeginTime).Seconds())
	}
}

func (calls) TagConn(ctx context.Context, _ *stats.ConnTagInfo) context.Context { return ctx }

func (calls) HandleConn(context.Context, stats.ConnStats) {}
