// Package download makes one stream of CSV bytes out of an export's result,
// whatever form it comes in: plain, gzip, gzip twice, or the CSV files of a tar
// or zip as if they were one ([Stream]). An export that is several tables comes
// file by file ([Files]).
//
// Headers are no guide to the form, so the bytes decide. Reading and
// decompressing run ahead of the reader by a few blocks ([Stream]), and what is
// held does not grow with the body or its content. A body that was cut off,
// damaged or is of no known form is an error, never an end: archive/zip needs
// random access and a tar or a gzip member that stops at the wrong place looks
// whole to the libraries, so zip is read from its front and the ends of the
// others are checked here.
package download
