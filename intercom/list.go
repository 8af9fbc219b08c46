package intercom

import (
	"errors"
	"fmt"
)

// item is a thing in a list: a tag, a segment, or a reference to one.
type item struct {
	ID   text `json:"id"`
	Name text `json:"name"`
}

func (i item) identity() text { return i.ID }

// listAnswer is a list that tells no more than ids and names.
type listAnswer struct {
	Data *[]item `json:"data"`
}

func (a *listAnswer) check() error { return checkList("data", a.Data) }

// checkList reports a list that is missing, and an element without an id: rows
// that nothing could be joined to are worth nothing, so they must not pass.
func checkList[T interface{ identity() text }](name string, list *[]T) error {
	if list == nil {
		return errors.New("no " + name)
	}
	for i, element := range *list {
		if element.identity() == "" {
			return fmt.Errorf("element %d of %s has no id", i+1, name)
		}
	}
	return nil
}

func idsOf(list []item) []string {
	var ids []string
	for _, i := range list {
		ids = append(ids, string(i.ID))
	}
	return ids
}
