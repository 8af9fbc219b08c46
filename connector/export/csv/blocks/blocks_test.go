package blocks

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

// TestBlocks passes rows of any length through blocks of any length: every byte
// comes once, a row that was cut is looked at again with more of it and a few
// times only, and soon after it is whole.
func TestBlocks(t *testing.T) {
	tests := []struct{ row, block int }{ // the longest
		{5, 3},
		{50, 1},
		{50, 40},
		{200, 5000},
		{3 * firstBit, 1},
		{3 * firstBit, 100},
		{3 * firstBit, 3 * firstBit},
		{3 * soon, 1000},
		{3 * soon, soon},
		{3 * keptCarry, 50_000},
		{3 * keptCarry, keptCarry},
	}
	for _, test := range tests {
		t.Run(fmt.Sprintf("rows of %d in blocks of %d", test.row, test.block), func(t *testing.T) {
			for seed := range uint64(3) {
				passRows(t, rand.New(rand.NewPCG(seed, 3)), test.row, test.block)
			}
		})
	}
}

func passRows(t *testing.T, r *rand.Rand, longestRow, longestBlock int) {
	input, ends := randomRows(r, longestRow)
	var rs Queue
	at, given := 0, 0 // the next row's beginning, the end of the block
	cutAt, looked := -1, 0
	for final := false; !final; {
		length := min(1+r.IntN(longestBlock), len(input)-given)
		block := slices.Clone(input[given : given+length])
		given += length
		rs.Add(block)
		final = given == len(input)
		for {
			data, last := rs.Ahead(final)
			if len(data) == 0 {
				break
			}
			if !bytes.Equal(data, input[at:at+len(data)]) || last != (final && at+len(data) == len(input)) {
				t.Fatalf("at %d: %d bytes that are others, or last is %v", at, len(data), last)
			}
			if at+len(data) < ends[0] {
				if len(data) <= cutAt {
					t.Fatalf("at %d: cut after %d bytes, and again after %d", at, cutAt, len(data))
				}
				cutAt, looked = len(data), looked+len(data)
				rs.Cut()
				continue
			}
			row := ends[0] - at
			if looked > 2*row+longestBlock {
				t.Fatalf("%d bytes were looked at before a row of %d was whole", looked, row)
			}
			rs.Pass(row)
			at, ends, cutAt, looked = ends[0], ends[1:], -1, 0
			if !rs.open && cap(rs.carry) > keptCarry {
				t.Fatalf("room for %d bytes is kept", cap(rs.carry))
			}
		}
		if len(ends) > 0 && ends[0] <= given && given-at <= soon {
			t.Fatalf("a row from %d to %d waits at %d", at, ends[0], given)
		}
		clear(block) // it is the source's again
	}
	if at != len(input) {
		t.Fatalf("%d bytes of %d were passed", at, len(input))
	}
}

// randomRows are bytes, and where rows end: at newlines, but for the last.
func randomRows(r *rand.Rand, longest int) (input []byte, ends []int) {
	for range 20 {
		length := 1 + r.IntN(longest)
		if r.IntN(3) > 0 {
			length = 1 + r.IntN(min(longest, 100)) // most rows are short
		}
		for i := range length - 1 {
			input = append(input, byte('a'+(len(input)*7+i)%26))
		}
		input = append(input, '\n')
		ends = append(ends, len(input))
	}
	input[len(input)-1] = 'x'
	return input, ends
}
