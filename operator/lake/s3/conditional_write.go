package s3

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// object is a small object as it was found.
type object struct {
	data []byte
	etag string        // empty: there is none
	age  time.Duration // by the server's clock
}

// mostBytes bounds what is read of a small object, as the lake bounds what it reads. Of
// one that is longer the beginning is read: it is no lock, and what is written takes its
// place.
const mostBytes = 64 << 20

// readObject reads a small object; one that is not there is the zero object.
func (b *Bucket) readObject(ctx context.Context, key string) (object, error) {
	out, err := b.client.GetObject(ctx, &s3.GetObjectInput{Bucket: &b.name, Key: b.key(key)})
	if err = b.explain("read", key, err); errors.Is(err, errGone) {
		return object{}, nil
	}
	if err != nil {
		return object{}, err
	}
	defer out.Body.Close()
	n := object{etag: aws.ToString(out.ETag)}
	if now, ok := middleware.GetServerTime(out.ResultMetadata); ok && out.LastModified != nil {
		n.age = now.Sub(*out.LastModified)
	}
	if n.data, err = io.ReadAll(io.LimitReader(out.Body, mostBytes)); err != nil {
		return object{}, b.explain("read", key, err)
	}
	return n, nil
}

// errChanged says that an object was no longer what it was.
var errChanged = errors.New("it was changed by another run meanwhile")

// conflictsBorne is how often a put is tried that meets others of the same object which
// come to nothing.
const conflictsBorne = 3

// replaceObject writes an object in place of what was there, and only of that.
// It returns the new one's tag.
func (b *Bucket) replaceObject(ctx context.Context, key string, was object, data []byte) (etag string, err error) {
	for range conflictsBorne {
		in := &s3.PutObjectInput{
			Bucket: &b.name, Key: b.key(key), Body: bytes.NewReader(data),
			ChecksumAlgorithm: types.ChecksumAlgorithmSha256, ContentType: aws.String("application/json"),
		}
		if was.etag == "" {
			in.IfNoneMatch = aws.String("*")
		} else {
			in.IfMatch = &was.etag
		}
		var out *s3.PutObjectOutput
		if out, err = b.client.PutObject(ctx, in); err == nil {
			return aws.ToString(out.ETag), nil
		}
		if !conflicts(err) {
			break
		}
		is, readErr := b.readObject(ctx, key)
		switch {
		case readErr != nil:
			return "", readErr
		case is.etag != "" && bytes.Equal(is.data, data): // a put whose answer was lost is repeated, and then meets itself
			return is.etag, nil
		case is.etag != was.etag:
			return "", fmt.Errorf("%s/%s: %w", b, key, errChanged)
		}
	}
	return "", b.explain("write", key, err)
}

// putObject writes what runs agree on: see the package's story.
func (b *Bucket) putObject(ctx context.Context, key string, data []byte) error {
	was, err := b.readObject(ctx, key)
	if err != nil {
		return err
	}
	if err := b.mayWrite(); err != nil { // after the look: before it proves nothing
		return err
	}
	_, err = b.replaceObject(ctx, key, was, data)
	return err
}
