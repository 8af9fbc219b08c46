package merge

import (
	"context"
	"errors"
	"io/fs"

	"github.com/zeebo/xxh3"

	"intercom-connector/operator/lake"
	"intercom-connector/operator/lake/part"
)

// Day is a table's day of which rows were told. Its files are read, and not
// changed.
type Day struct {
	Lake *lake.Lake
	// Was are the parts that are published, Told those of the rows that were told
	// now, the last row of a key last.
	Was, Told []part.File
	// Key appends what tells a row from others.
	Key func(key, line []byte) ([]byte, error)
	// AtOnce is how many rows are held in memory; 0 is as many as take some
	// megabytes.
	AtOnce int64
}

// Finding is what became of a day by what was told.
type Finding struct {
	Same  bool // all that was told is published already, as it was told
	Alone bool // what was told is the whole day, each key once
}

// rowsAtOnce take some 20 MB.
const rowsAtOnce = 250_000

// Compare says what became of the day. A part that is not what it should be is a
// *part.Damage.
func (d Day) Compare(ctx context.Context) (Finding, error) {
	found := Finding{Same: true, Alone: true}
	for share := range d.shares() {
		told, twice, err := d.told(ctx, share)
		if err != nil {
			return found, err
		}
		if twice {
			found.Alone = false
		}
		left := len(told)
		err = d.each(ctx, d.Was, share, func(key, row uint64, _ []byte) error {
			switch is, again := told[key]; {
			case !again:
				found.Alone = false
			case is == row:
				left--
			}
			return nil
		})
		if err != nil {
			return found, err
		}
		found.Same = found.Same && left == 0
	}
	return found, nil
}

// Write gives the rows of the day as it is now.
func (d Day) Write(ctx context.Context, line func([]byte) error) error {
	const written = 0 // in place of a row's hash
	for share := range d.shares() {
		told, _, err := d.told(ctx, share)
		if err != nil {
			return err
		}
		err = d.each(ctx, d.Told, share, func(key, row uint64, text []byte) error {
			if told[key] != row {
				return nil
			}
			told[key] = written
			return line(text)
		})
		if err != nil {
			return err
		}
		err = d.each(ctx, d.Was, share, func(key, _ uint64, text []byte) error {
			if _, again := told[key]; again {
				return nil
			}
			return line(text)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// shares are the numbers of the shares in which the rows are looked at.
func (d Day) shares() uint64 {
	most := d.AtOnce
	if most == 0 {
		most = rowsAtOnce
	}
	var rows int64
	for _, file := range d.Told {
		rows += file.Rows
	}
	return uint64(rows/most) + 1
}

// told are the rows of a share that were told, by key, and whether some key was told
// twice.
func (d Day) told(ctx context.Context, share uint64) (told map[uint64]uint64, twice bool, err error) {
	told = map[uint64]uint64{}
	err = d.each(ctx, d.Told, share, func(key, row uint64, _ []byte) error {
		if _, before := told[key]; before {
			twice = true
		}
		told[key] = row
		return nil
	})
	return told, twice, err
}

// each gives the rows of a share, with hashes of their keys and of themselves. Two
// keys of a million share one with odds of one in 37 million.
func (d Day) each(ctx context.Context, files []part.File, share uint64, row func(key, row uint64, line []byte) error) error {
	var key []byte
	shares := d.shares()
	for _, file := range files {
		err := d.Lake.Scan(ctx, file, func(line []byte) (err error) {
			if key, err = d.Key(key[:0], line); err != nil {
				return &part.Damage{Key: file.Key, What: err.Error()}
			}
			if hash := xxh3.Hash(key); hash%shares == share {
				return row(hash, max(xxh3.Hash(line), 1), line)
			}
			return nil
		})
		if errors.Is(err, fs.ErrNotExist) {
			err = &part.Damage{Key: file.Key, What: "it is published but not there"}
		}
		if err != nil {
			return err
		}
	}
	return nil
}
