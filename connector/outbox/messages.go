package outbox

import (
	"context"

	sdk "intercom-connector/proto"
)

// Warn tells the person something; the sync goes on.
func (o *Outbox) Warn(ctx context.Context, message string) error {
	return o.Send(ctx, &sdk.UpdateResponse{Operation: &sdk.UpdateResponse_Warning{Warning: &sdk.Warning{Message: message}}})
}

// Checkpoint makes a state last, and with it all that was sent before.
func (o *Outbox) Checkpoint(ctx context.Context, state string) error {
	return o.Send(ctx, checkpoint(state))
}

func checkpoint(state string) *sdk.UpdateResponse {
	return &sdk.UpdateResponse{Operation: &sdk.UpdateResponse_Checkpoint{Checkpoint: &sdk.Checkpoint{StateJson: state}}}
}

// SchemaChange says what the tables are from now on.
func (o *Outbox) SchemaChange(ctx context.Context, tables *sdk.TableList) error {
	change := &sdk.SchemaChange{Change: &sdk.SchemaChange_WithoutSchema{WithoutSchema: tables}}
	return o.Send(ctx, &sdk.UpdateResponse{Operation: &sdk.UpdateResponse_SchemaChange{SchemaChange: change}})
}
