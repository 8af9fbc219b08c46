package workspace

import "time"

// Deletion is a conversation that was deleted.
type Deletion struct {
	ConversationID string
	At             time.Time
	// MetricsRetained says that its reporting rows stay; otherwise exports no
	// longer hold them. Rows that a test brings vanish by their own Gone.
	MetricsRetained bool
}
