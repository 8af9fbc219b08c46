package metrics

import (
	"time"

	"intercom-connector/intercom"
)

// Window counts a window that was delivered whole: see export.Observer.
func (m *Metrics) Window(dataset, purpose string, rows, bytes int64, job time.Duration) {
	m.rows.WithLabelValues(dataset, purpose).Add(float64(rows))
	m.bytes.WithLabelValues(dataset).Add(float64(bytes))
	m.windows.WithLabelValues(dataset, purpose).Inc()
	m.jobs.WithLabelValues(dataset, "delivered").Inc()
	m.jobSeconds.WithLabelValues(dataset).Observe(job.Seconds())
}

// Job counts what became of a job that delivered nothing.
func (m *Metrics) Job(dataset, outcome string) { m.jobs.WithLabelValues(dataset, outcome).Inc() }

// SlotWait counts a wait for one of Intercom's export slots.
func (m *Metrics) SlotWait(dataset string) { m.slotWaits.WithLabelValues(dataset).Inc() }

// Wait counts a pause before a call to Intercom: give it to the connector as
// Options.OnWait.
func (m *Metrics) Wait(w intercom.Wait) {
	m.waits.WithLabelValues(w.Op).Inc()
	m.waited.WithLabelValues(w.Op).Add(w.For.Seconds())
}
