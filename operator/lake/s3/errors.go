package s3

import (
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go"
)

// errGone is what is asked for but no longer there.
var errGone = fs.ErrNotExist

// permissions are what each of the things that a lake does needs, for whoever
// grants them.
var permissions = map[string]string{
	"write": "s3:PutObject", "read": "s3:GetObject", "list": "s3:ListBucket", "delete": "s3:DeleteObject",
	"list the uploads of": "s3:ListBucketMultipartUploads", "abort an upload of": "s3:AbortMultipartUpload",
	"list the versions of": "s3:ListBucketVersions", "delete a version of": "s3:DeleteObjectVersion",
}

// explain says in plain words what S3 has refused, and what to do about it.
func (b *Bucket) explain(doing, key string, err error) error {
	if err == nil {
		return nil
	}
	where := b.String() + "/" + key
	switch status, code := answer(err); {
	case code == "NoSuchBucket":
		return fmt.Errorf("there is no bucket %q in the region %s: %w", b.name, b.client.Options().Region, plain(err))
	case code == "NoSuchKey", code == "NoSuchUpload", status == http.StatusNotFound:
		return fmt.Errorf("%s: %w", where, errGone)
	case code == "InvalidAccessKeyId", code == "SignatureDoesNotMatch", code == "ExpiredToken", code == "InvalidToken":
		return fmt.Errorf("S3 does not accept the AWS credentials (%s): %w", code, plain(err))
	case code == "RequestTimeTooSkewed":
		return fmt.Errorf("S3 takes no request of this machine, whose clock is wrong: %w", plain(err))
	case status == http.StatusForbidden && doing == "read":
		return fmt.Errorf("access denied: to read %s takes the permission %s, and what is not there is told by %s alone: %w", where, permissions[doing], permissions["list"], plain(err))
	case status == http.StatusForbidden:
		return fmt.Errorf("access denied: to %s %s takes the permission %s: %w", doing, where, permissions[doing], plain(err))
	case status == http.StatusMovedPermanently, code == "AuthorizationHeaderMalformed":
		return fmt.Errorf("the bucket %q is in another region than %s: set AWS_REGION to its own: %w", b.name, b.client.Options().Region, plain(err))
	case code == "BadDigest", code == "XAmzContentSHA256Mismatch", code == "XAmzContentChecksumMismatch":
		return fmt.Errorf("what arrived at %s is not what was sent, by its checksum: %w", where, plain(err))
	}
	return fmt.Errorf("cannot %s %s: %w", doing, where, plain(err))
}

// answer is the status and the error code of S3's answer, where there was one.
func answer(err error) (status int, code string) {
	var response *awshttp.ResponseError
	if errors.As(err, &response) {
		status = response.HTTPStatusCode()
	}
	var api smithy.APIError
	if errors.As(err, &api) {
		code = api.ErrorCode()
	}
	return status, code
}

// plain leaves the address out of an error that never reached the server: it
// holds a query.
func plain(err error) error {
	var send *url.Error
	if errors.As(err, &send) {
		return fmt.Errorf("no answer: %w", send.Err)
	}
	return err
}

// conflicts reports that a conditional put met something else than it was told
// to.
func conflicts(err error) bool {
	status, _ := answer(err)
	return status == http.StatusPreconditionFailed || status == http.StatusConflict || status == http.StatusNotFound
}
