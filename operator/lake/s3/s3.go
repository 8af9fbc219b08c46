package s3

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/feature/s3/transfermanager"
	transfer "github.com/aws/aws-sdk-go-v2/feature/s3/transfermanager/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go/logging"
)

// Scheme begins the location of a lake in S3: s3://bucket/prefix.
const Scheme = "s3://"

// Bucket is a lake.Store below a prefix of an S3 bucket.
type Bucket struct {
	options Options
	client  *s3.Client
	uploads *transfermanager.Client
	name    string
	prefix  string // empty, or ends with a slash

	mu   sync.Mutex
	held *lease // nil while the lake is not locked
}

// Options of a bucket. The zero value is right outside of tests.
type Options struct {
	// Lease is how long the lock of a run that no longer renews it lasts; 0
	// means a minute.
	Lease time.Duration
	// Stall is how long a connection may stay without a byte; 0 means 30 s.
	Stall time.Duration
	// Log hears of what was left behind by dead runs; nil discards.
	Log *slog.Logger
	// Transport carries the requests; nil means one that ends those that stall.
	Transport http.RoundTripper

	clocks func() clocks // nil means this machine's
}

const (
	defaultLease  = time.Minute
	defaultStall  = 30 * time.Second
	partBytes     = 5 << 20 // the least that S3 takes: what each upload under way holds in memory
	partsAtOnce   = 2       // of one upload
	attempts      = 5
	abortPatience = 10 * time.Second
)

// Open finds credentials and region where every AWS tool finds them, and with
// AWS_ENDPOINT_URL another server, which is then asked by paths rather than by
// host names. It makes no call to S3.
func Open(ctx context.Context, location string, o Options) (*Bucket, error) {
	name, prefix, err := parse(location)
	if err != nil {
		return nil, err
	}
	if o.Lease == 0 {
		o.Lease = defaultLease
	}
	if o.Stall == 0 {
		o.Stall = defaultStall
	}
	if o.clocks == nil {
		o.clocks = theseClocks
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	said := logging.LoggerFunc(func(_ logging.Classification, format string, args ...any) {
		o.Log.Debug("AWS: " + fmt.Sprintf(format, args...)) // what matters is in the errors, too
	})
	cfg, err := config.LoadDefaultConfig(ctx, config.WithLogger(said), config.WithHTTPClient(awshttp.NewBuildableClient().WithReadTimeout(o.Stall)))
	if err != nil {
		return nil, fmt.Errorf("the AWS configuration cannot be read: %w", err)
	}
	if _, err := cfg.Credentials.Retrieve(ctx); err != nil {
		return nil, fmt.Errorf("no AWS credentials for %s: set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY: %w", location, err)
	}
	b := &Bucket{options: o, name: name, prefix: prefix}
	b.client = s3.NewFromConfig(cfg, func(s *s3.Options) {
		s.UsePathStyle = s.BaseEndpoint != nil
		s.DisableLogOutputChecksumValidationSkipped = true // a part's sha256 is in its publication
		if s.Region == "" && s.BaseEndpoint != nil {
			s.Region = "us-east-1" // what other servers than AWS go by
		}
		if o.Transport != nil {
			s.HTTPClient = &http.Client{Transport: o.Transport}
		}
		if cfg.RetryMaxAttempts == 0 {
			s.RetryMaxAttempts = attempts
		}
	})
	if b.client.Options().Region == "" {
		return nil, fmt.Errorf("no AWS region for %s: set AWS_REGION to the bucket's", location)
	}
	b.uploads = transfermanager.New(b.client, func(u *transfermanager.Options) {
		u.PartSizeBytes, u.MultipartUploadThreshold, u.Concurrency = partBytes, partBytes, partsAtOnce
		u.ChecksumAlgorithm = transfer.ChecksumAlgorithmSha256
		u.FailTimeout = abortPatience
	})
	return b, nil
}

// parse takes a location apart.
func parse(location string) (name, prefix string, err error) {
	rest, ok := strings.CutPrefix(location, Scheme)
	name, prefix, _ = strings.Cut(rest, "/")
	prefix = strings.Trim(prefix, "/")
	if !ok || name == "" || strings.ContainsAny(name, "?#@: ") {
		return "", "", fmt.Errorf("%q is not a place in S3; it should look like s3://bucket/prefix", location)
	}
	for part := range strings.SplitSeq(prefix, "/") {
		if prefix != "" && (part == "" || part == "." || part == "..") {
			return "", "", fmt.Errorf("the prefix of %q has an empty or a relative part; it should look like s3://bucket/prefix", location)
		}
	}
	if prefix != "" {
		prefix += "/"
	}
	return name, prefix, nil
}

func (b *Bucket) String() string { return strings.TrimSuffix(Scheme+b.name+"/"+b.prefix, "/") }

// Put streams into an upload that becomes an object when all of it has arrived.
func (b *Bucket) Put(ctx context.Context, key string, r io.Reader) error {
	if strings.HasPrefix(key, "_") {
		data, err := io.ReadAll(r)
		if err != nil {
			return err
		}
		return b.putObject(ctx, key, data)
	}
	if err := b.mayWrite(); err != nil {
		return err
	}
	_, err := b.uploads.UploadObject(ctx, &transfermanager.UploadObjectInput{
		Bucket: &b.name, Key: b.key(key), Body: r, ContentType: aws.String("application/gzip"),
	})
	return b.explain("write", key, err)
}

func (b *Bucket) Open(ctx context.Context, key string) (io.ReadCloser, error) {
	out, err := b.client.GetObject(ctx, &s3.GetObjectInput{Bucket: &b.name, Key: b.key(key)})
	if err != nil {
		return nil, b.explain("read", key, err)
	}
	return out.Body, nil
}

// List yields the keys that begin with a prefix, sorted, as S3 does.
func (b *Bucket) List(ctx context.Context, prefix string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		pages := s3.NewListObjectsV2Paginator(b.client, &s3.ListObjectsV2Input{Bucket: &b.name, Prefix: b.key(prefix)})
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				yield("", b.explain("list", prefix, err))
				return
			}
			for _, object := range page.Contents {
				key := strings.TrimPrefix(aws.ToString(object.Key), b.prefix)
				if key != lockKey && !strings.HasSuffix(key, "/") && !yield(key, nil) {
					return
				}
			}
		}
	}
}

// Empty reports whether there is nothing below the prefix.
func (b *Bucket) Empty(ctx context.Context) (bool, error) {
	for _, err := range b.List(ctx, "") {
		return false, err
	}
	return true, nil
}

func (b *Bucket) Remove(ctx context.Context, key string) error {
	if err := b.mayWrite(); err != nil {
		return err
	}
	_, err := b.client.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: &b.name, Key: b.key(key)})
	return b.explain("delete", key, err)
}

func (b *Bucket) key(key string) *string { return aws.String(b.prefix + key) }

// abortUploads ends the uploads of parts that dead runs have left: S3 keeps,
// and charges for, what has arrived of them. The lock is held, so none is of a
// run that may go on.
func (b *Bucket) abortUploads(ctx context.Context) error {
	pages := s3.NewListMultipartUploadsPaginator(b.client, &s3.ListMultipartUploadsInput{Bucket: &b.name, Prefix: &b.prefix})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err = b.explain("list the uploads of", "", err); errors.Is(err, errGone) {
			return nil // some servers say so where there are none
		}
		if err != nil {
			return err
		}
		for _, u := range page.Uploads {
			key := strings.TrimPrefix(aws.ToString(u.Key), b.prefix)
			if !strings.Contains(key, "/dt=") || !strings.HasSuffix(key, ".ndjson.gz") {
				continue // not the lake's
			}
			_, err := b.client.AbortMultipartUpload(ctx, &s3.AbortMultipartUploadInput{Bucket: &b.name, Key: u.Key, UploadId: u.UploadId})
			if err = b.explain("abort an upload of", key, err); err != nil && !errors.Is(err, errGone) {
				return err
			}
			b.options.Log.Info("an upload that was interrupted is removed", "key", key, "began", u.Initiated)
		}
	}
	return nil
}
