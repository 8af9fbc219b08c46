// Package s3 keeps a lake in S3, or in what speaks its protocol.
//
// Parts stream into multipart uploads: nothing is on disk, and what is cut off
// never becomes an object. Every byte that is sent carries its sha256, which
// the server checks.
//
// S3 has no lock, so a lake's is an object that says who holds it, written by
// conditional puts and renewed while the run lives. One that is not renewed
// for its lease is free: a dead run blocks nobody for long. Ages are measured
// by the server's clock alone, so that no two machines need to agree on the
// time.
//
// A run that was paused beyond its lease must not finish what others have
// undone. Each small object (a key that begins with an underscore: publications and
// runs) is therefore written only when it still is what it was while the lock
// was held, and the lock is looked at before each change.
package s3
