package admission

import (
	"container/list"
	"context"
	"path"
	"sync"
	"sync/atomic"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/status"
	"google.golang.org/grpc/tap"
)

// arrivals are the calls whose request is not there yet, the oldest first.
type arrivals struct {
	within time.Duration // in which a request has to be there
	most   int           // that may be under way

	mu    sync.Mutex
	order list.List // of *arrival
}

// arrival is a call whose request is on its way.
type arrival struct {
	all    *arrivals
	cancel context.CancelFunc
	timer  *time.Timer
	place  *list.Element
	late   atomic.Bool // it was ended for not arriving
}

// begin is told of every call before anything is read or kept for it.
func (a *arrivals) begin(ctx context.Context, info *tap.Info) (context.Context, error) {
	if path.Base(info.FullMethodName) == "Watch" && path.Dir(info.FullMethodName) == "/"+grpc_health_v1.Health_ServiceDesc.ServiceName {
		return nil, status.Error(codes.Unimplemented, "health is told when it is asked for")
	}
	ctx, cancel := context.WithCancel(ctx)
	one := &arrival{all: a, cancel: cancel}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.order.Len() >= a.most {
		oldest := a.order.Front().Value.(*arrival)
		oldest.drop()
		oldest.end()
	}
	one.place = a.order.PushBack(one)
	one.timer = time.AfterFunc(a.within, func() {
		if one.stopWaiting() {
			one.end()
		}
	})
	context.AfterFunc(ctx, func() { one.stopWaiting() })
	return context.WithValue(ctx, arrivalKey{}, one), nil
}

// end ends a call that has not arrived.
func (one *arrival) end() {
	one.late.Store(true)
	one.cancel()
}

// stopWaiting ends the waiting, and reports whether it had not ended before.
func (one *arrival) stopWaiting() bool {
	one.all.mu.Lock()
	defer one.all.mu.Unlock()
	return one.drop()
}

// drop takes an arrival from the list, which must be locked.
func (one *arrival) drop() bool {
	if one.place == nil {
		return false
	}
	one.all.order.Remove(one.place)
	one.place = nil
	one.timer.Stop()
	return true
}

// arrivalKey is under what a call's context holds its arrival.
type arrivalKey struct{}

// arrived says that a call's request is there, or that nothing will come any more.
// It is an error for one that was ended for not arriving.
func arrived(ctx context.Context) error {
	one, ok := ctx.Value(arrivalKey{}).(*arrival)
	if !ok {
		return nil
	}
	if one.stopWaiting(); one.late.Load() {
		return status.Error(codes.ResourceExhausted, "the request did not arrive in time: ask again")
	}
	return nil
}
