package s3

import (
	"context"
	"errors"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

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
