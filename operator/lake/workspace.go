package lake

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"intercom-connector/internal/printable"
	"intercom-connector/membership/tables"
	"intercom-connector/operator/lake/part"
)

// identityKey is where a lake says whose it is.
const identityKey = "_lake.json"

// layoutVersion is that of the lake's layout.
const layoutVersion = 1

// identity says whose a lake is. It is written once.
type identity struct {
	Version   int       `json:"version"`
	Workspace string    `json:"workspace_id"`
	Made      time.Time `json:"made_at"`
	By        string    `json:"made_by"` // the program's version
}

// ForeignError says that a lake is another workspace's, or several ones'.
type ForeignError struct {
	Lake string
	Is   string            // the workspace that wants to write
	Days map[string]string // workspaces by day, where the lake does not say whose it is
	Of   string            // whose it is; empty where it does not say
}

// Error names both, and the way out.
func (e *ForeignError) Error() string {
	if e.Of != "" {
		return fmt.Sprintf("the lake %s belongs to workspace %s, and this is workspace %s: name another place by --output", e.Lake, e.Of, e.Is)
	}
	first, last := map[string]string{}, map[string]string{}
	var all []string
	for day, workspace := range e.Days {
		if !slices.Contains(all, workspace) {
			all = append(all, workspace)
			first[workspace], last[workspace] = day, day
		}
		first[workspace], last[workspace] = min(first[workspace], day), max(last[workspace], day)
	}
	slices.Sort(all)
	for i, workspace := range all {
		all[i] = fmt.Sprintf("%s (%s to %s)", workspace, first[workspace], last[workspace])
	}
	if len(all) == 1 {
		return fmt.Sprintf("the lake %s holds days of workspace %s, and this is workspace %s: name another place by --output", e.Lake, all[0], e.Is)
	}
	return fmt.Sprintf("the lake %s holds days of several workspaces, %s, and this is workspace %s: name another place by --output, or set the others' days aside by operator adopt --workspace %s",
		e.Lake, strings.Join(all, " and "), e.Is, printable.Argument(e.Is))
}

// claim makes sure that the lake is the workspace's, under its lock and before
// anything is written. A lake of an earlier version, which does not say whose it
// is, is taken over if no day in it is another's.
func (l *Lake) claim(ctx context.Context) error {
	var is identity
	err := l.readJSON(ctx, identityKey, &is)
	if err == nil && is.Version != layoutVersion {
		return fmt.Errorf("the lake %s has the layout %d, and this program knows layout %d: use the newer program", l.store, is.Version, layoutVersion)
	}
	if err == nil && l.workspace != "" && is.Workspace != l.workspace {
		return &ForeignError{Lake: l.store.String(), Is: l.workspace, Of: is.Workspace}
	}
	if err == nil || !errors.Is(err, fs.ErrNotExist) || l.workspace == "" {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return err
	}
	days, err := l.workspaces(ctx)
	if err != nil {
		return err
	}
	for _, workspace := range days {
		if workspace != l.workspace {
			return &ForeignError{Lake: l.store.String(), Is: l.workspace, Days: days}
		}
	}
	return l.putJSON(ctx, identityKey, identity{Version: layoutVersion, Workspace: l.workspace, Made: l.now().UTC().Truncate(time.Second), By: l.version})
}

// workspaces tells whose each day is, by its first contact.
func (l *Lake) workspaces(ctx context.Context) (map[string]string, error) {
	days, err := l.Days(ctx, tables.Contact)
	if err != nil {
		return nil, err
	}
	var mu sync.Mutex
	found := map[string]string{}
	reads, within := errgroup.WithContext(ctx)
	reads.SetLimit(readAtOnce)
	for _, dt := range days {
		reads.Go(func() error {
			p, err := l.readPublication(within, publicationKey(tables.Contact, dt))
			if err != nil {
				return err
			}
			workspace, err := l.workspaceOf(within, p)
			if err != nil || workspace == "" {
				return err
			}
			mu.Lock()
			defer mu.Unlock()
			found[dt] = workspace
			return nil
		})
	}
	return found, reads.Wait()
}

var errEnough = errors.New("one row is enough")

// workspaceOf is that of a day of contacts; empty where it has none.
func (l *Lake) workspaceOf(ctx context.Context, p Publication) (string, error) {
	if p.Workspace != "" {
		return p.Workspace, nil
	}
	var row struct {
		Workspace string `json:"workspace_id"`
	}
	for _, file := range p.Parts {
		err := l.Scan(ctx, file, func(line []byte) error {
			if err := json.Unmarshal(line, &row); err != nil {
				return &part.Damage{Key: file.Key, What: err.Error()}
			}
			return errEnough
		})
		if errors.Is(err, errEnough) {
			return row.Workspace, nil
		}
		if err != nil {
			return "", err
		}
	}
	return "", nil
}

// Adopt makes the lake a workspace's. Days that are another's are set aside, all
// their tables: they are kept as they are below _aside, where no reader looks.
// Days that do not tell whose they are go with the snapshot before them. It
// returns what was set aside.
func (l *Lake) Adopt(ctx context.Context) (aside []Publication, err error) {
	unlock, err := l.store.Lock(ctx, "adopt")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, unlock()) }()
	if _, err := l.recover(ctx); err != nil {
		return nil, err
	}
	publications, err := l.Publications(ctx)
	if err != nil {
		return nil, err
	}
	days, err := l.workspaces(ctx)
	if err != nil {
		return nil, err
	}
	for _, p := range publications {
		if workspace := whose(p, publications, days); workspace != "" && workspace != l.workspace {
			if err := l.setAside(ctx, workspace, p); err != nil {
				return aside, err
			}
			aside = append(aside, p)
		}
	}
	return aside, l.claim(ctx)
}

// whose is the workspace of a publication: of the contacts of its day, if it is a
// table of the membership, and otherwise of the last contacts that were read
// before it.
func whose(p Publication, all []Publication, days map[string]string) string {
	if p.Workspace != "" {
		return p.Workspace
	}
	if slices.ContainsFunc(tables.All(), func(t tables.Table) bool { return t.Name == p.Table }) && days[p.Dt] != "" {
		return days[p.Dt]
	}
	workspace, latest := "", ""
	for _, other := range all {
		if other.Table == tables.Contact && days[other.Dt] != "" && other.Run >= latest && other.Run <= p.Run {
			workspace, latest = days[other.Dt], other.Run
		}
	}
	return workspace
}

// setAside moves a day. Its copies are whole before it goes.
func (l *Lake) setAside(ctx context.Context, workspace string, p Publication) error {
	if !workspaceName.MatchString(workspace) {
		return fmt.Errorf("the contacts of %s are of a workspace %q, which is no id: nothing of the day was moved", p.Dt, workspace)
	}
	keys := []string{publicationKey(p.Table, p.Dt)}
	for _, file := range p.Parts {
		keys = append(keys, file.Key)
	}
	for _, key := range keys {
		if err := l.copy(ctx, key, asidePrefix+workspace+"/"+key); err != nil {
			return err
		}
	}
	if err := l.dropIndexes(ctx, []Publication{p}); err != nil {
		return err
	}
	for _, key := range keys {
		if err := l.store.Remove(ctx, key); err != nil {
			return err
		}
	}
	return nil
}

func (l *Lake) copy(ctx context.Context, from, to string) error {
	file, err := l.store.Open(ctx, from)
	if err != nil {
		return err
	}
	defer file.Close()
	return l.store.Put(ctx, to, file)
}
