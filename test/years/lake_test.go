package years

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"

	"intercom-connector/membership/tables"
	"intercom-connector/operator/lake"
	"intercom-connector/operator/lake/part"
)

// What the workspace of the lake holds.
const (
	segments, tags = 8, 12
	inSegments     = 5   // of each contact; two of each company
	conversations  = 120 // a day
	blockOf        = 500 // contacts or companies whose rows are packed together
)

var firstDay = time.Date(2016, 1, 1, 0, 0, 0, 0, time.UTC)

// grown is a lake that grows day by day. Some two hundred memberships of segments,
// and some twenty of tags, change from one day to the next, in four blocks of forty:
// a block that did not change is not packed again, which is what makes it fast. Days
// that are there are gone through and left as they are.
type grown struct {
	t      testing.TB
	root   string
	chance *rand.Rand
	day    int

	contacts, companies crowd
	packer              *gzip.Writer
	line                []byte
}

// crowd is contacts or companies, with their lists as bits.
type crowd struct {
	ids                 []string
	inSegments, tagged  []uint16
	changed             []int // the day on which one last changed
	rows, segment, tags []packed
}

// packed is a gzip member of some rows.
type packed struct {
	data []byte
	rows int64
}

// newGrown has some contacts and a twentieth as many companies, both in whole blocks.
func newGrown(t testing.TB, root string, contacts int) *grown {
	g := &grown{t: t, root: root, chance: rand.New(rand.NewPCG(20, 16))}
	g.packer, _ = gzip.NewWriterLevel(io.Discard, gzip.DefaultCompression)
	g.contacts, g.companies = g.crowd(contacts, inSegments), g.crowd(max(contacts/20, blockOf), 2)
	return g
}

func (g *grown) crowd(n, lists int) crowd {
	c := crowd{ids: make([]string, n), inSegments: make([]uint16, n), tagged: make([]uint16, n), changed: make([]int, n)}
	for i := range n {
		c.ids[i] = fmt.Sprintf("5f66d53b%016x", g.chance.Uint64())
		for _, s := range g.chance.Perm(segments)[:lists] {
			c.inSegments[i] |= 1 << s
		}
		for _, tag := range g.chance.Perm(tags)[:1+min(1, g.chance.IntN(10)/3)] {
			c.tagged[i] |= 1 << tag
		}
	}
	blocks := n / blockOf
	c.rows, c.segment, c.tags = make([]packed, blocks), make([]packed, blocks), make([]packed, blocks)
	return c
}

func (g *grown) dt() string { return firstDay.AddDate(0, 0, g.day).Format(time.DateOnly) }

// until writes the days up to a number of them.
func (g *grown) until(days int) {
	for ; g.day < days; g.day++ {
		for range 4 {
			g.move(&g.contacts, g.chance.IntN(len(g.contacts.rows)))
		}
		if g.day%7 == 0 {
			g.move(&g.companies, 0)
		}
		if _, err := os.Stat(filepath.Join(g.root, "_published", tables.CompanyTag, "dt="+g.dt()+".json")); err == nil {
			continue
		}
		for block := range g.contacts.rows {
			if g.contacts.rows[block].data == nil {
				g.packContacts(block)
			}
		}
		for block := range g.companies.rows {
			if g.companies.rows[block].data == nil {
				g.packCompanies(block)
			}
		}
		g.publish()
	}
}

// move changes the lists of some of a block: of one in ten a segment, of one in a
// hundred a tag.
func (g *grown) move(c *crowd, block int) {
	c.rows[block] = packed{} // to be packed again
	for i := block * blockOf; i < (block+1)*blockOf; i++ {
		if g.chance.IntN(10) == 0 {
			c.inSegments[i] ^= 1 << g.chance.IntN(segments)
			c.changed[i] = g.day
		}
		if g.chance.IntN(100) == 0 {
			c.tagged[i] ^= 1 << g.chance.IntN(tags)
			c.changed[i] = g.day
		}
	}
}

func (g *grown) packContacts(block int) {
	c := &g.contacts
	c.rows[block] = g.pack(tables.Contact, func(row func(...any)) {
		for i := block * blockOf; i < (block+1)*blockOf; i++ {
			seen := firstDay.AddDate(0, 0, c.changed[i]).Add(time.Duration(i) * time.Second)
			row(c.ids[i], "user-"+strconv.Itoa(i), "user", fmt.Sprintf("person%d@example.com", i), fmt.Sprintf("Person %d", i),
				firstDay.AddDate(-1, 0, i%365), seen, seen, "a1b2c3d4", `{"plan":"pro","seats":`+strconv.Itoa(i%40)+`}`, nil)
		}
	})
	c.segment[block] = g.packLists(tables.ContactSegment, c, block, c.inSegments, segmentID)
	c.tags[block] = g.packLists(tables.ContactTag, c, block, c.tagged, tagID)
}

func (g *grown) packCompanies(block int) {
	c := &g.companies
	c.rows[block] = g.pack(tables.Company, func(row func(...any)) {
		for i := block * blockOf; i < (block+1)*blockOf; i++ {
			row(c.ids[i], "company-"+strconv.Itoa(i), fmt.Sprintf("Company %d", i), firstDay, firstDay, float64(i), int64(i%50), "pro", `{"region":"EU"}`, nil)
		}
	})
	c.segment[block] = g.packLists(tables.CompanySegment, c, block, c.inSegments, segmentID)
	c.tags[block] = g.packLists(tables.CompanyTag, c, block, c.tagged, tagID)
}

func (g *grown) packLists(table string, c *crowd, block int, lists []uint16, id func(int) string) packed {
	return g.pack(table, func(row func(...any)) {
		for i := block * blockOf; i < (block+1)*blockOf; i++ {
			for list := range 16 {
				if lists[i]>>list&1 == 1 {
					row(c.ids[i], id(list))
				}
			}
		}
	})
}

func segmentID(n int) string { return fmt.Sprintf("5f66d53c%016x", n) }
func tagID(n int) string     { return strconv.Itoa(7_000_000 + n) }

// The recipes that name a segment or a tag name these.
var (
	segmentNames = []string{"Active users", "Slipping away", "Trial companies", "Paying companies", "New leads", "Churned", "Trial", "Paying"}
	tagNames     = []string{"refund", "VIP", "beta", "bug", "feature", "billing", "press", "partner", "spam", "renewal", "at risk", "referral"}
)

// conversation is a few columns of the reporting export's.
var conversation = tables.Table{Name: "conversation", Columns: []tables.Column{
	{Name: "conversation_id", Kind: tables.String, Key: true},
	{Name: "conversation_started_at", Kind: tables.Timestamp},
	{Name: "currently_assigned_team_id", Kind: tables.String},
	{Name: "conversation_first_response_time", Kind: tables.Long},
}}

// publish writes every table's day.
func (g *grown) publish() {
	at := firstDay.AddDate(0, 0, g.day)
	g.publishTable(tables.Segment, g.pack(tables.Segment, func(row func(...any)) {
		for i, name := range segmentNames {
			row(segmentID(i), name, "contact", nil, firstDay, firstDay, nil)
		}
	}))
	g.publishTable(tables.Tag, g.pack(tables.Tag, func(row func(...any)) {
		for i, name := range tagNames {
			row(tagID(i), name)
		}
	}))
	g.publishTable(tables.Snapshot, g.pack(tables.Snapshot, func(row func(...any)) {
		row(g.dt(), at, at, true, nil, nil, nil, nil, nil, nil, nil, nil, nil)
	}))
	g.publishTable(conversation.Name, g.pack(conversation.Name, func(row func(...any)) {
		for i := range conversations {
			row(fmt.Sprintf("%d%03d", g.day, i), at.Add(time.Duration(i)*time.Minute), "team "+strconv.Itoa(i%5), int64((g.day*977+i*i*i)%10_000))
		}
	}))
	g.publishTable(tables.Contact, g.contacts.rows...)
	g.publishTable(tables.ContactSegment, g.contacts.segment...)
	g.publishTable(tables.ContactTag, g.contacts.tags...)
	g.publishTable(tables.Company, g.companies.rows...)
	g.publishTable(tables.CompanySegment, g.companies.segment...)
	g.publishTable(tables.CompanyTag, g.companies.tags...)
}

// shape is a table's, of the snapshot or the reporting export.
func shape(table string) tables.Table {
	for _, t := range append(tables.All(), conversation) {
		if t.Name == table {
			return t
		}
	}
	panic("no table " + table)
}

func partColumns(table string) (all []part.Column) {
	for _, c := range shape(table).Columns {
		all = append(all, part.Column{Name: c.Name, Kind: c.Kind})
	}
	return all
}

// pack packs the rows of a table that a function gives.
func (g *grown) pack(table string, rows func(row func(values ...any))) packed {
	var to bytes.Buffer
	var n int64
	columns := partColumns(table)
	g.packer.Reset(&to)
	rows(func(values ...any) {
		var err error
		if g.line, err = part.AppendRow(g.line[:0], columns, values); err != nil {
			g.t.Fatal(err)
		}
		if _, err := g.packer.Write(g.line); err != nil {
			g.t.Fatal(err)
		}
		n++
	})
	if err := g.packer.Close(); err != nil {
		g.t.Fatal(err)
	}
	return packed{to.Bytes(), n}
}

// publishTable writes a table's day, as one part and its publication.
func (g *grown) publishTable(table string, members ...packed) {
	at := firstDay.AddDate(0, 0, g.day)
	run := at.Format("20060102T150405Z-") + "000000"
	p := lake.Publication{
		Table: table, Workspace: "a1b2c3d4", Dt: g.dt(), Run: run, Complete: true, Started: at.Add(2 * time.Hour), Finished: at.Add(3 * time.Hour),
		Zone: "UTC", From: at, To: at.AddDate(0, 0, 1), Columns: partColumns(table),
	}
	file := part.File{Key: fmt.Sprintf("%s/dt=%s/%s-00000.ndjson.gz", table, p.Dt, run)}
	var all []byte
	for _, m := range members {
		all = append(all, m.data...)
		file.Rows += m.rows
	}
	sum := sha256.Sum256(all)
	file.Size, file.SHA256 = int64(len(all)), hex.EncodeToString(sum[:])
	g.write(file.Key, all)
	p.Rows, p.Parts = file.Rows, []part.File{file}
	text, err := json.Marshal(p)
	if err != nil {
		g.t.Fatal(err)
	}
	g.write(p.Key(), append(text, '\n'))
}

func (g *grown) write(key string, data []byte) {
	path := filepath.Join(g.root, filepath.FromSlash(key))
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		g.t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o600); err != nil {
		g.t.Fatal(err)
	}
}
