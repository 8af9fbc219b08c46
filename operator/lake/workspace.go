package lake

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

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

// readIdentity reads whose the lake is; fs.ErrNotExist where it does not say. What
// cannot be read of it, or tells of no workspace, is a *part.Damage: days say whose
// they are, too, so that it can be done without.
func (l *Lake) readIdentity(ctx context.Context) (is identity, err error) {
	err = l.readJSON(ctx, identityKey, &is)
	damage, damaged := errors.AsType[*part.Damage](err)
	switch {
	case damaged:
	case err != nil:
		return is, err
	case is.Version > layoutVersion:
		return is, fmt.Errorf("the lake %s has the layout %d, and this program knows layout %d: use the newer program", l.store, is.Version, layoutVersion)
	case is.Version < 1 || !workspaceName.MatchString(is.Workspace):
		damage = &part.Damage{Key: identityKey, What: "it tells of no workspace"}
	default:
		return is, nil
	}
	damage.What += "; operator verify --repair removes it, and the next snapshot writes it by the days that are there"
	return identity{}, damage
}

// Owner is the workspace whose the lake says that it is; empty where it does not say.
func (l *Lake) Owner(ctx context.Context) (string, error) {
	is, err := l.readIdentity(ctx)
	if errors.Is(err, fs.ErrNotExist) || errors.As(err, new(*part.Damage)) {
		return "", nil
	}
	return is.Workspace, err
}

// CheckIdentity makes sure that this program can read the lake: an error where a later
// version has made it, and a *part.Damage where what says whose it is is damaged.
func (l *Lake) CheckIdentity(ctx context.Context) error {
	_, err := l.readIdentity(ctx)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// DropIdentity removes what says whose the lake is, if it is damaged. The next run of a
// workspace writes it, if the days are its.
func (l *Lake) DropIdentity(ctx context.Context) (dropped string, err error) {
	unlock, err := l.store.Lock(ctx, "repair")
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, unlock()) }()
	if err := l.CheckIdentity(ctx); !errors.As(err, new(*part.Damage)) {
		return "", err
	}
	return identityKey, l.store.Remove(ctx, identityKey)
}

// checkName refuses a workspace whose days would all be taken for damaged.
func (l *Lake) checkName() error {
	if l.workspace != "" && !workspaceName.MatchString(l.workspace) {
		return fmt.Errorf("the workspace's id is %.200q, and a lake can be of one with letters, digits, - and _ only, 100 at the most", l.workspace)
	}
	return nil
}

// claim makes sure that the lake is the workspace's, under its lock and before
// anything is written. A lake of an earlier version, which does not say whose it
// is, is taken over if no day in it is another's.
func (l *Lake) claim(ctx context.Context) error {
	if err := l.checkName(); err != nil {
		return err
	}
	is, err := l.readIdentity(ctx)
	switch {
	case err == nil && l.workspace != "" && is.Workspace != l.workspace:
		return &ForeignError{Lake: l.store.String(), Is: l.workspace, Of: is.Workspace}
	case !errors.Is(err, fs.ErrNotExist):
		return err
	case l.workspace == "":
		return nil
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

// workspaces tells whose each day is that says so: by a contact, or where it has none
// by any of its publications. One that is damaged tells nothing, and is an error where
// no other day does.
func (l *Lake) workspaces(ctx context.Context) (map[string]string, error) {
	days, err := l.publishedByDay(ctx)
	if err != nil {
		return nil, err
	}
	var mu sync.Mutex
	var damaged error
	found := map[string]string{}
	err = atOnce(ctx, slices.Collect(maps.Keys(days)), func(ctx context.Context, dt string) error {
		workspace, damage, err := l.workspaceOfDay(ctx, days[dt])
		mu.Lock()
		defer mu.Unlock()
		if workspace != "" {
			found[dt] = workspace
		}
		damaged = cmp.Or(damaged, damage)
		return err
	})
	if err == nil && damaged != nil && len(found) == 0 {
		err = fmt.Errorf("whose the lake %s is cannot be told; operator verify --repair puts right what can be: %w", l.store, damaged)
	}
	return found, err
}

// publishedByDay are the keys of publications, those of contacts first.
func (l *Lake) publishedByDay(ctx context.Context) (map[string][]string, error) {
	days := map[string][]string{}
	for key, err := range l.store.List(ctx, publishedPrefix) {
		if err != nil {
			return nil, err
		}
		switch m := publicationName.FindStringSubmatch(key); {
		case m == nil || !IsTable(m[1]) || !isDay(m[2]):
		case m[1] == tables.Contact:
			days[m[2]] = slices.Insert(days[m[2]], 0, key)
		default:
			days[m[2]] = append(days[m[2]], key)
		}
	}
	return days, nil
}

// workspaceOfDay is whose the first of some publications is that says so; empty where
// none does. It also tells the first that is damaged on the way.
func (l *Lake) workspaceOfDay(ctx context.Context, keys []string) (workspace string, damaged, err error) {
	for _, key := range keys {
		p, err := l.readPublication(ctx, key)
		if err == nil {
			workspace, err = l.workspaceOf(ctx, p)
		}
		switch {
		case errors.As(err, new(*part.Damage)):
			l.log.Warn("a day is damaged, and does not tell whose it is", "cause", err)
			damaged = cmp.Or(damaged, err)
		case err != nil || workspace != "":
			return workspace, damaged, err
		}
	}
	return "", damaged, nil
}

var errEnough = errors.New("one row is enough")

// workspaceOf is that of a table's day: of its publication, or of its first contact.
func (l *Lake) workspaceOf(ctx context.Context, p Publication) (string, error) {
	if p.Workspace != "" || p.Table != tables.Contact {
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
		if errors.Is(err, fs.ErrNotExist) {
			err = &part.Damage{Key: file.Key, What: "it is published but not there"}
		}
		if errors.Is(err, errEnough) {
			return row.Workspace, nil
		}
		if err != nil {
			return "", err
		}
	}
	return "", nil
}
