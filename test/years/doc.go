// Package years measures how what the operator keeps grows: a lake of daily
// snapshots of 20,000 contacts is made, of three months, of one year, of three and
// of ten, and each of them is opened, asked, verified, compacted and rid of a person.
//
// lake_test.go makes the lake, in the layout of real ones and by chance that is the
// same each time. growth_test.go takes the measures and prints them. The tests run on
// a lake of a few days; with -days 90,365,1095,3650 (make years), on those, which
// takes an hour and 12 GB of disk.
package years
