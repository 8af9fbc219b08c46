package membership

import (
	"context"
	"errors"
	"net/http"
	"strconv"

	"intercom-connector/intercom"
	"intercom-connector/intercom/answer"
	"intercom-connector/intercom/people"
)

// The ends from which the list of companies is read. It is told by a cursor:
// the end, and how many companies of it come before the next page.
const (
	latest = "latest " // those seen last
	oldest = "oldest " // those seen earliest
)

// listCompanies reads the list of companies once, where there is no scroll over
// them. Intercom lists ten thousand: a list that it cuts off is read from its
// other end as well. What is between them then is missing, and said to be.
func (w *Walk) listCompanies(ctx, within context.Context, s *scrolling, pages chan<- []people.Company) error {
	l := s.list
	if l.place.Cursor == "" {
		l.begin()
		l.place.Cursor = latest + "0"
	}
	size := w.pageSize("companies", people.MaxCompanies)
	for {
		cursor := l.place.Cursor
		end, at := cursor[:len(latest)], cursor[len(latest):]
		from, _ := strconv.Atoi(at)
		page, err := people.ListCompanies(within, w.config.Client, from, size.size, end == oldest)
		if within.Err() != nil {
			return context.Cause(within)
		}
		switch {
		case goesNoFurther(err, cursor) && end == latest:
			w.config.Log.Info("Intercom does not list all companies from one end: reading from the other", "listed", from, "cause", err)
			l.place.Cursor = oldest + "0"
			continue
		case goesNoFurther(err, cursor):
			l.cutOff()
			return nil
		case err != nil:
			return err
		}
		size.came(page.PerPage)
		l.count(page.Total, page.Least)
		l.place.Cursor = end + strconv.Itoa(page.Next)
		if err := s.hand(ctx, page.Companies, pages); err != nil {
			return err
		}
		if page.Next == 0 {
			l.end()
			return nil
		}
	}
}

// goesNoFurther reports that the list is refused, of which its first page was
// had.
func goesNoFurther(err error, cursor string) bool {
	e, ok := errors.AsType[*intercom.Error](err)
	return ok && cursor != latest+"0" && (e.Status == http.StatusBadRequest || e.Status == http.StatusUnprocessableEntity || e.NotFound())
}

// cutOff ends a reading that both ends of the list have refused to go on with:
// unless all that are counted were met, some are out of reach.
func (l *list) cutOff() {
	l.end()
	if l.place.Proof.After == answer.Unknown || l.place.Proof.Walked < l.place.Proof.After {
		l.place.Proof.Why = "Intercom lists no more of them from either end"
	}
}
