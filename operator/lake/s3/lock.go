package s3

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"intercom-connector/operator/lake"
)

// lockKey holds who writes to the lake. It stays, without a holder, when nobody
// does.
const lockKey = "_lock.json"

// The lock of another run counts as dead this long after its lease: the
// server tells times to the second.
const leaseMargin = 2 * time.Second

// claim is what the lock's object says.
type claim struct {
	Holder string `json:"holder,omitempty"` // empty: it is free
	Lease  int64  `json:"lease_ms,omitempty"`
	Beat   int64  `json:"beat,omitempty"` // counts renewals, so that no two claims are the same
	Mark   string `json:"mark,omitempty"` // of this one lease, by which its holder knows it again
}

// lease is a lock that is held.
type lease struct {
	bucket *Bucket
	claim  claim
	etag   string
	stop   context.CancelFunc
	done   sync.WaitGroup

	mu    sync.Mutex
	until clocks
	lost  error
}

// clocks are the two of a machine: the one that somebody can set, which goes on
// while the machine sleeps, and the one that only counts, which may not.
type clocks struct {
	wall    time.Time
	counted time.Duration
}

var started = time.Now()

func theseClocks() clocks { return clocks{wall: time.Now().Round(0), counted: time.Since(started)} }

func (c clocks) add(d time.Duration) clocks { return clocks{c.wall.Add(d), c.counted + d} }

// before reports whether both are before others.
func (c clocks) before(other clocks) bool {
	return c.wall.Before(other.wall) && c.counted < other.counted
}

// Lock claims the lake for a run until it unlocks, or for the lease after it
// died. Then it removes what dead runs left of uploads.
func (b *Bucket) Lock(ctx context.Context, holder string) (unlock func() error, err error) {
	was, err := b.readObject(ctx, lockKey)
	if err != nil {
		return nil, err
	}
	var other claim
	if len(was.data) > 0 {
		if err := json.Unmarshal(was.data, &other); err != nil {
			return nil, fmt.Errorf("%s/%s is not a lock: %w", b, lockKey, err)
		}
	}
	if left := time.Duration(other.Lease)*time.Millisecond + leaseMargin - was.age; other.Holder != "" && left > 0 {
		return nil, &lake.LockedError{Lake: b.String(), Run: other.Holder, Holder: fmt.Sprintf("%s, heard of %v ago; should it be dead, it stops counting in %v",
			other.Holder, was.age.Round(time.Second), max(left, time.Second).Round(time.Second))}
	}
	l := &lease{bucket: b, claim: claim{Holder: holder, Lease: b.options.Lease.Milliseconds(), Mark: rand.Text()}}
	if err := l.renew(ctx, was); err != nil {
		if errors.Is(err, errChanged) {
			return nil, &lake.LockedError{Lake: b.String(), Holder: "it began at the same time"}
		}
		return nil, err
	}
	if err := b.checkConditions(ctx); err != nil {
		return nil, err
	}
	beating, stop := context.WithCancel(context.WithoutCancel(ctx))
	l.stop = stop
	l.done.Go(func() { l.beat(beating) })
	b.setHeld(l)
	if err := b.abortUploads(ctx); err != nil {
		return nil, errors.Join(err, l.release())
	}
	return l.release, nil
}

// checkConditions makes sure that the server heeds the conditions of puts: on one
// that does not, two runs would hold the lock.
func (b *Bucket) checkConditions(ctx context.Context) error {
	_, err := b.client.PutObject(ctx, &s3.PutObjectInput{
		Bucket: &b.name, Key: b.key(lockKey), IfMatch: aws.String(`"00000000000000000000000000000000"`),
		Body: strings.NewReader("{}\n"), ContentType: aws.String("application/json"),
	})
	switch {
	case err == nil:
		return fmt.Errorf("the server of %s ignores the conditions of a put (If-Match): no lake can be locked there; use one that heeds them, as S3 does", b)
	case conflicts(err):
		return nil
	}
	return b.explain("write", lockKey, err)
}

func (b *Bucket) setHeld(l *lease) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.held = l
}

// mayWrite refuses once the lock is no longer this run's.
func (b *Bucket) mayWrite() error {
	b.mu.Lock()
	l := b.held
	b.mu.Unlock()
	if l == nil {
		return nil
	}
	return l.valid()
}

// renew writes the claim in place of what was there. The lease counts from when
// the claim was sent: the server's age of it is never more. What is there instead
// may be an earlier claim of this run, whose answer was lost or is late.
func (l *lease) renew(ctx context.Context, was object) error {
	err := l.write(ctx, was)
	if !errors.Is(err, errChanged) {
		return err
	}
	is, readErr := l.bucket.readObject(ctx, lockKey)
	var there claim
	if readErr != nil || json.Unmarshal(is.data, &there) != nil || there.Mark == "" || there.Mark != l.claim.Mark || there.Beat >= l.claim.Beat {
		return errors.Join(err, readErr)
	}
	return l.write(ctx, is)
}

func (l *lease) write(ctx context.Context, was object) error {
	l.claim.Beat++
	data, err := json.Marshal(l.claim)
	if err != nil {
		return err
	}
	sent := l.bucket.options.clocks()
	etag, err := l.bucket.replaceObject(ctx, lockKey, was, append(data, '\n'))
	if err != nil {
		return err
	}
	l.etag = etag
	l.mu.Lock()
	defer l.mu.Unlock()
	l.until = sent.add(l.bucket.options.Lease)
	return nil
}

// valid asks both clocks.
func (l *lease) valid() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.lost != nil:
		return l.lost
	case !l.bucket.options.clocks().before(l.until):
		return fmt.Errorf("the lock of %s was held for %v without being renewed: another run may have taken over", l.bucket, l.bucket.options.Lease)
	}
	return nil
}

// beat renews the claim while the run lives.
func (l *lease) beat(ctx context.Context) {
	tick := time.NewTicker(l.bucket.options.Lease / 4)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		within, stop := context.WithTimeout(ctx, l.bucket.options.Lease/2)
		err := l.renew(within, object{etag: l.etag})
		stop()
		switch {
		case ctx.Err() != nil:
			return
		case errors.Is(err, errChanged):
			l.mu.Lock()
			l.lost = fmt.Errorf("another run has taken over the lock of %s: this one was not heard of for too long", l.bucket)
			l.mu.Unlock()
			return
		case err != nil:
			l.bucket.options.Log.Warn("the lake's lock could not be renewed; trying again", "cause", err)
		}
	}
}

// release frees the lock. Where it cannot, the lock ends by itself: no reason
// to call a run that has succeeded a failure.
func (l *lease) release() error {
	l.stop()
	l.done.Wait()
	l.bucket.setHeld(nil)
	if l.valid() != nil {
		return nil
	}
	l.claim = claim{Beat: l.claim.Beat, Mark: l.claim.Mark}
	ctx, stop := context.WithTimeout(context.Background(), abortPatience)
	defer stop()
	if err := l.renew(ctx, object{etag: l.etag}); err != nil {
		l.bucket.options.Log.Warn("the lake's lock could not be released; it ends by itself", "after", l.bucket.options.Lease, "cause", err)
	}
	return nil
}
