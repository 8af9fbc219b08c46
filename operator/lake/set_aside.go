package lake

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"

	"intercom-connector/membership/tables"
)

// Adopt makes the lake a workspace's. Days that are another's are set aside, all
// their tables: they are kept as they are below _aside, where no reader looks.
// Days that do not tell whose they are go with the snapshot before them. It
// returns what was set aside.
func (l *Lake) Adopt(ctx context.Context) (aside []Publication, err error) {
	if err := l.checkName(); err != nil {
		return nil, err
	}
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

// Aside are the days that were set aside, by their workspaces: each workspace's are a
// lake of their own, with the lock of this one.
func (l *Lake) Aside(ctx context.Context) (map[string]*Lake, error) {
	all := map[string]*Lake{}
	for key, err := range l.store.List(ctx, asidePrefix) {
		if err != nil {
			return nil, err
		}
		workspace, _, within := strings.Cut(strings.TrimPrefix(key, asidePrefix), "/")
		if within && all[workspace] == nil && workspaceName.MatchString(workspace) {
			all[workspace] = &Lake{store: below{l.store, asidePrefix + workspace + "/"}, log: l.log, now: l.now, version: l.version}
		}
	}
	return all, nil
}

// below is a store of what lies below a prefix of another one's keys.
type below struct {
	store  Store
	prefix string
}

func (b below) Put(ctx context.Context, key string, r io.Reader) error {
	return b.store.Put(ctx, b.prefix+key, r)
}

func (b below) Open(ctx context.Context, key string) (io.ReadCloser, error) {
	return b.store.Open(ctx, b.prefix+key)
}

func (b below) List(ctx context.Context, prefix string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		for key, err := range b.store.List(ctx, b.prefix+prefix) {
			if !yield(strings.TrimPrefix(key, b.prefix), err) {
				return
			}
		}
	}
}

func (b below) Remove(ctx context.Context, key string) error {
	return b.store.Remove(ctx, b.prefix+key)
}

func (b below) Lock(ctx context.Context, holder string) (unlock func() error, err error) {
	return b.store.Lock(ctx, holder)
}

func (b below) String() string { return b.store.String() + "/" + strings.TrimSuffix(b.prefix, "/") }
