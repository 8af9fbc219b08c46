package tables

// Deleted is the table of the conversations that were deleted. It is no part of a
// snapshot.
const Deleted = "deleted_conversation"

func Deletions() Table {
	return Table{Deleted, []Column{key("conversation_id"), at("deleted_at"), {Name: "metrics_retained", Kind: Boolean}}}
}
