package s3

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"golang.org/x/sync/errgroup"

	"intercom-connector/operator/lake"
)

// deletesAtOnce is how many versions are deleted at the same time.
const deletesAtOnce = 16

// Purge deletes for good what a bucket with versions keeps of the lake's files that
// were written over or removed, and returns how many versions that were. Files that
// are not the lake's keep theirs. It needs the rights to list and delete versions.
func (b *Bucket) Purge(ctx context.Context) (deleted int64, err error) {
	old, markers, err := b.oldVersions(ctx)
	if err != nil {
		return 0, err
	}
	// A marker goes after all that it hides, which would be there again without it.
	for _, versions := range [][]types.ObjectIdentifier{old, markers} {
		n, err := b.deleteVersions(ctx, versions)
		deleted += n
		if err != nil {
			return deleted, err
		}
	}
	if old, _, err = b.oldVersions(ctx); err == nil && len(old) > 0 {
		err = fmt.Errorf("%s still keeps %d old versions, such as one of %s: a run may have written meanwhile; purge it once more", b, len(old), aws.ToString(old[0].Key))
	}
	return deleted, err
}

// oldVersions are those of the lake's files that readers do not see, and the
// markers of files that were removed.
func (b *Bucket) oldVersions(ctx context.Context) (old, markers []types.ObjectIdentifier, err error) {
	pages := s3.NewListObjectVersionsPaginator(b.client, &s3.ListObjectVersionsInput{Bucket: &b.name, Prefix: &b.prefix})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, nil, b.explain("list the versions of", "", err)
		}
		for _, v := range page.Versions {
			if !aws.ToBool(v.IsLatest) && b.owns(v.Key) {
				old = append(old, types.ObjectIdentifier{Key: v.Key, VersionId: v.VersionId})
			}
		}
		for _, m := range page.DeleteMarkers {
			if b.owns(m.Key) {
				markers = append(markers, types.ObjectIdentifier{Key: m.Key, VersionId: m.VersionId})
			}
		}
	}
	return old, markers, nil
}

func (b *Bucket) owns(key *string) bool {
	return lake.Owns(strings.TrimPrefix(aws.ToString(key), b.prefix))
}

func (b *Bucket) deleteVersions(ctx context.Context, versions []types.ObjectIdentifier) (int64, error) {
	var deleted atomic.Int64
	deletes, within := errgroup.WithContext(ctx)
	deletes.SetLimit(deletesAtOnce)
	for _, v := range versions {
		deletes.Go(func() error {
			_, err := b.client.DeleteObject(within, &s3.DeleteObjectInput{Bucket: &b.name, Key: v.Key, VersionId: v.VersionId})
			if err != nil {
				return b.explain("delete a version of", strings.TrimPrefix(aws.ToString(v.Key), b.prefix), err)
			}
			deleted.Add(1)
			return nil
		})
	}
	err := deletes.Wait()
	return deleted.Load(), err
}
