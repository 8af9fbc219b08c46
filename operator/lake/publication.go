package lake

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"intercom-connector/operator/lake/part"
)

// Publication is a table's day as readers may see it.
type Publication struct {
	Table string `json:"table"`
	// Workspace is whose it is. Publications of earlier versions do not say.
	Workspace string `json:"workspace_id,omitempty"`
	Dt        string `json:"dt"`  // the day, 2006-01-02, in the workspace's zone
	Run       string `json:"run"` // what wrote it, or began to; its parts' names begin so
	Rows      int64  `json:"rows"`
	Complete  bool   `json:"complete"` // proven to hold all that Intercom had
	// Unproven are the segments whose lists are not proven, where the others of a
	// table that is not complete are; none where nobody knows which.
	Unproven []string `json:"unproven,omitempty"`
	// Known are the segments that there were when the search of their members began, of
	// the table of those members. Publications of earlier versions do not say.
	Known    []string  `json:"known,omitzero"`
	Started  time.Time `json:"started_at"`
	Finished time.Time `json:"finished_at"`
	// Zone is the workspace's, and From and To are what the day is in it: from
	// the one up to, but not including, the other, in UTC. Publications of
	// earlier versions lack all three.
	Zone string    `json:"zone,omitempty"`
	From time.Time `json:"from,omitzero"`
	To   time.Time `json:"to,omitzero"`
	// Sparse says of a table of which days without a row are not published, but for the
	// first and the last that are known: those between them are empty.
	Sparse bool `json:"sparse,omitempty"`
	// AsOf is how old an export's rows are: what appeared later is not in them.
	AsOf    time.Time     `json:"as_of,omitzero"`
	Parts   []part.File   `json:"parts"`
	Columns []part.Column `json:"columns"` // those that were written
}

// Key is where the publication is.
func (p *Publication) Key() string { return publicationKey(p.Table, p.Dt) }

// Month is that of its day, such as 2026-05.
func (p *Publication) Month() string { return month(p.Dt) }

// maxPublication bounds the size of a publication; a day of a thousand parts
// takes some 200 kB.
const maxPublication = 64 << 20

// Survey is what a look at all publications came to.
type Survey struct {
	Published []Publication // by table and day
	Damaged   []error       // publications that cannot be read, or were lost: each costs its day
	Foreign   []string      // keys among them that are not the lake's
}

// Survey reads all publications, those of a month that has an index from it.
func (l *Lake) Survey(ctx context.Context) (Survey, error) {
	months, damaged, err := l.Indexes(ctx)
	if err != nil {
		return Survey{}, err
	}
	for _, err := range damaged {
		l.log.Warn("an index is damaged: the publications are read instead", "cause", err)
	}
	return l.survey(ctx, months, true)
}

// DamagedDay is the table and day of a publication that is damaged, from the error
// that says so.
func DamagedDay(err error) (table, dt string, ok bool) {
	damage, ok := errors.AsType[*part.Damage](err)
	if !ok {
		return "", "", false
	}
	m := publicationName.FindStringSubmatch(damage.Key)
	if m == nil {
		return "", "", false
	}
	return m[1], m[2], true
}

// SurveyFiles reads all publications, whatever indexes say; these tell what is lost.
func (l *Lake) SurveyFiles(ctx context.Context) (Survey, error) {
	months, _, err := l.Indexes(ctx)
	if err != nil {
		return Survey{}, err
	}
	return l.survey(ctx, months, false)
}

// survey reads the publications, those that indexes know from there if they are
// believed.
func (l *Lake) survey(ctx context.Context, months map[string]map[string]Publication, believed bool) (Survey, error) {
	var s Survey
	if err := l.CheckIdentity(ctx); err != nil && !errors.As(err, new(*part.Damage)) {
		return s, err
	}
	var keys []string
	listed := map[string]bool{}
	for key, err := range l.store.List(ctx, publishedPrefix) {
		if err != nil {
			return s, err
		}
		listed[key] = true
		m := publicationName.FindStringSubmatch(key)
		if m == nil || !IsTable(m[1]) || !isDay(m[2]) {
			s.Foreign = append(s.Foreign, key)
		} else if p, known := months[month(m[2])][key]; known && believed {
			s.Published = append(s.Published, p)
		} else {
			keys = append(keys, key)
		}
	}
	all, bad, err := readEach(ctx, keys, l.readPublication)
	if err != nil {
		return s, err
	}
	for i, p := range all {
		if bad[i] != nil {
			s.Damaged = append(s.Damaged, bad[i])
			continue
		}
		s.Published = append(s.Published, p)
	}
	sortPublications(s.Published)
	lost, err := l.lost(ctx, months, listed)
	s.Damaged = append(s.Damaged, lost...)
	return s, err
}

// readAtOnce is how many small files are read, written or removed at the same time.
const readAtOnce = 16

// Publications lists what the lake holds, by table and day. Publications that are
// damaged, and files that are not the lake's, are passed over and named in the
// log.
func (l *Lake) Publications(ctx context.Context) ([]Publication, error) {
	s, err := l.Survey(ctx)
	for _, err := range s.Damaged {
		l.log.Warn("a publication is damaged: its day cannot be read", "cause", err)
	}
	for _, key := range s.Foreign {
		l.log.Warn("a file among the publications is not the lake's, and passed over", "key", key)
	}
	return s.Published, err
}

// published is the parts that readers of a table's day see, or would see were its
// publication not lost; none where nothing is published.
func (l *Lake) published(ctx context.Context, table, dt string) (map[string]bool, error) {
	key := publicationKey(table, dt)
	p, err := l.readPublication(ctx, key)
	if errors.Is(err, fs.ErrNotExist) {
		var known map[string]Publication
		if known, err = l.readIndex(ctx, IndexKey(month(dt))); errors.Is(err, fs.ErrNotExist) {
			err = nil
		}
		p = known[key]
	}
	if err != nil {
		return nil, err
	}
	keys := map[string]bool{}
	for _, file := range p.Parts {
		keys[file.Key] = true
	}
	return keys, nil
}

// readPublication reads one. What it says is not believed: no part that it names
// lies elsewhere than its table, day and run. One that is not what it should be is
// a *part.Damage.
func (l *Lake) readPublication(ctx context.Context, key string) (Publication, error) {
	var p Publication
	if err := l.readJSON(ctx, key, &p); err != nil {
		return p, err
	}
	if key != publicationKey(p.Table, p.Dt) {
		return Publication{}, &part.Damage{Key: key, What: "it is not the publication of its table and day"}
	}
	if err := p.check(); err != nil {
		return Publication{}, &part.Damage{Key: key, What: err.Error()}
	}
	return p, nil
}

// check refuses a publication that no run of this program has written.
func (p *Publication) check() error {
	if !IsTable(p.Table) || !isDay(p.Dt) || !runName.MatchString(p.Run) {
		return fmt.Errorf("it is of the table %q, the day %q and the run %q", p.Table, p.Dt, p.Run)
	}
	if p.Workspace != "" && !workspaceName.MatchString(p.Workspace) {
		return fmt.Errorf("it is of a workspace %q", p.Workspace)
	}
	for _, file := range p.Parts {
		if at, ok := parsePart(file.Key); !ok || at != (partPath{p.Table, p.Dt, p.Run}) {
			return fmt.Errorf("it names a part %q that is not of its table, day and run", file.Key)
		}
	}
	return nil
}

// Published is a table's publication of a day; false where there is none that can
// be read.
func (l *Lake) Published(ctx context.Context, table, dt string) (Publication, bool, error) {
	p, err := l.readPublication(ctx, publicationKey(table, dt))
	if errors.Is(err, fs.ErrNotExist) || errors.As(err, new(*part.Damage)) {
		return Publication{}, false, nil
	}
	return p, err == nil, err
}

// readEach reads the files of some keys, several at the same time. The damage of each
// is in its place; any other error ends all.
func readEach[T any](ctx context.Context, keys []string, read func(context.Context, string) (T, error)) (all []T, damage []error, err error) {
	all, damage = make([]T, len(keys)), make([]error, len(keys))
	reads, within := errgroup.WithContext(ctx)
	reads.SetLimit(readAtOnce)
	for i, key := range keys {
		reads.Go(func() error {
			var err error
			all[i], err = read(within, key)
			if errors.As(err, new(*part.Damage)) {
				damage[i], err = err, nil
			}
			return err
		})
	}
	return all, damage, reads.Wait()
}

// MustPublished is a table's publication of a day that [Lake.Days] lists. One that
// cannot be read is a *part.Damage.
func (l *Lake) MustPublished(ctx context.Context, table, dt string) (Publication, error) {
	return l.readPublication(ctx, publicationKey(table, dt))
}

// Days are those of a table that are published, sorted.
func (l *Lake) Days(ctx context.Context, table string) (days []string, err error) {
	for key, err := range l.store.List(ctx, publishedPrefix+table+"/dt=") {
		if err != nil {
			return nil, err
		}
		day := strings.TrimSuffix(strings.TrimPrefix(key, publishedPrefix+table+"/dt="), ".json")
		if isDay(day) && key == publicationKey(table, day) {
			days = append(days, day)
		}
	}
	return days, nil
}

// Parts yields the keys of all parts of a table, those too that no reader sees.
func (l *Lake) Parts(ctx context.Context, table string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		for key, err := range l.store.List(ctx, table+"/dt=") {
			if _, isPart := parsePart(key); (isPart || err != nil) && !yield(key, err) {
				return
			}
		}
	}
}

// Measure reads all parts of a table's day, published or not, by their runs. One
// that cannot be read to its end is a *part.Damage.
func (l *Lake) Measure(ctx context.Context, table, dt string) (map[string][]part.File, error) {
	runs := map[string][]part.File{}
	for key, err := range l.store.List(ctx, table+"/dt="+dt+"/") {
		if err != nil {
			return nil, err
		}
		at, isPart := parsePart(key)
		if !isPart {
			continue
		}
		from, err := l.store.Open(ctx, key)
		if err != nil {
			return nil, err
		}
		file, err := part.Measure(from, key)
		from.Close()
		if err != nil {
			return nil, err
		}
		runs[at.run] = append(runs[at.run], file)
	}
	return runs, nil
}

// Read reads a file that a run has written; fs.ErrNotExist where there is none.
func (l *Lake) Read(ctx context.Context, key string, into any) error {
	return l.readJSON(ctx, key, into)
}

func (l *Lake) readJSON(ctx context.Context, key string, into any) error {
	file, err := l.store.Open(ctx, key)
	if err != nil {
		return err
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, maxPublication))
	if err != nil {
		return fmt.Errorf("reading %s in %s: %w", key, l.store, err)
	}
	if err := json.Unmarshal(data, into); err != nil {
		return &part.Damage{Key: key, What: err.Error()}
	}
	return nil
}

// putJSON writes a value as one line.
func (l *Lake) putJSON(ctx context.Context, key string, value any) error {
	data, err := json.Marshal(value)
	if err != nil {
		return err
	}
	return l.store.Put(ctx, key, bytes.NewReader(append(data, '\n')))
}
