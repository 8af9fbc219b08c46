package s3

import (
	"context"
	"errors"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// Renew renews the lock that is held.
func (b *Bucket) Renew(ctx context.Context) error {
	return b.held.renew(ctx, object{etag: b.held.etag})
}

// WithClocks gives a bucket other clocks than the machine's: how far each is
// ahead.
func (o Options) WithClocks(ahead func() (wall, counted time.Duration)) Options {
	o.clocks = func() clocks {
		wall, counted := ahead()
		now := theseClocks()
		return clocks{now.wall.Add(wall), now.counted + counted}
	}
	return o
}

// Uploads lists the keys of multipart uploads that have not ended.
func (b *Bucket) Uploads(ctx context.Context) ([]string, error) {
	out, err := b.client.ListMultipartUploads(ctx, &s3.ListMultipartUploadsInput{Bucket: &b.name, Prefix: &b.prefix})
	if err = b.explain("list the uploads of", "", err); errors.Is(err, errGone) {
		return nil, nil // some servers say so where there are none
	}
	if err != nil {
		return nil, err
	}
	var keys []string
	for _, u := range out.Uploads {
		keys = append(keys, aws.ToString(u.Key))
	}
	return keys, nil
}

// BeginUpload begins a multipart upload, which is not ended.
func (b *Bucket) BeginUpload(ctx context.Context, key string) error {
	_, err := b.client.CreateMultipartUpload(ctx, &s3.CreateMultipartUploadInput{Bucket: &b.name, Key: b.key(key)})
	return err
}
