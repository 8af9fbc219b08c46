package metrics

import (
	"time"

	"intercom-connector/connector/export/dataset"
	"intercom-connector/intercom"
)

// Window counts a window that was delivered whole: see export.Observer.
func (m *Metrics) Window(id, purpose string, rows, bytes int64, job time.Duration) {
	dataset := labelOf(id)
	m.rows.WithLabelValues(dataset, purpose).Add(float64(rows))
	m.bytes.WithLabelValues(dataset).Add(float64(bytes))
	m.windows.WithLabelValues(dataset, purpose).Inc()
	m.jobs.WithLabelValues(dataset, "delivered").Inc()
	m.jobSeconds.WithLabelValues(dataset).Observe(job.Seconds())
}

// Job counts what became of a job that delivered nothing.
func (m *Metrics) Job(id, outcome string) { m.jobs.WithLabelValues(labelOf(id), outcome).Inc() }

// SlotWait counts a wait for one of Intercom's export slots.
func (m *Metrics) SlotWait(id string) { m.slotWaits.WithLabelValues(labelOf(id)).Inc() }

// labelOf is the id of a dataset that Intercom has everywhere. Another is a
// workspace's own, and its name nobody else's to read.
func labelOf(id string) string {
	if _, known := dataset.Lookup(id); known {
		return id
	}
	return "other"
}

// Wait counts a pause before a call to Intercom: give it to the connector as
// Options.OnWait.
func (m *Metrics) Wait(w intercom.Wait) {
	m.waits.WithLabelValues(w.Op).Inc()
	m.waited.WithLabelValues(w.Op).Add(w.For.Seconds())
}
