package connector

import (
	"context"
	"log/slog"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"intercom-connector/connector/configuration"
	"intercom-connector/internal/secret"
	sdk "intercom-connector/proto"
)

// Whatever a call says passes here: its token is in no error, answer, warning,
// task, log or state, wherever a server or a person has put it. Each call looks for
// its own token alone: another's may be a word of this one's answers.

// during is the connector as one call has it, whose log is without the call's token.
func (c *Connector) during(request any) *Connector {
	own := *c
	own.log = slog.New(secretOf(request).Log(c.log.Handler()))
	return &own
}

func (c *Connector) scrubCall(ctx context.Context, request any, _ *grpc.UnaryServerInfo, handler grpc.UnaryHandler) (any, error) {
	secrets := secretOf(request)
	answer, err := handler(ctx, request)
	if test, ok := answer.(*sdk.TestResponse); ok && test.GetFailure() != "" {
		answer = &sdk.TestResponse{Response: &sdk.TestResponse_Failure{Failure: secrets.Scrub(test.GetFailure())}}
	}
	return answer, scrubStatus(secrets, err)
}

func (c *Connector) scrubStream(server any, stream grpc.ServerStream, _ *grpc.StreamServerInfo, handler grpc.StreamHandler) error {
	scrubbing := &scrubbingStream{ServerStream: stream, secrets: &secret.Set{}}
	err := handler(server, scrubbing)
	return scrubStatus(scrubbing.secrets, err)
}

// scrubStatus is an error as a call ends with it.
func scrubStatus(secrets *secret.Set, err error) error {
	if err == nil {
		return nil
	}
	is := status.Convert(err)
	if clean := secrets.Scrub(is.Message()); clean != is.Message() {
		return status.Error(is.Code(), clean)
	}
	return err
}

// secretOf is the token of a call.
func secretOf(request any) *secret.Set {
	secrets := &secret.Set{}
	if configured, ok := request.(interface{ GetConfiguration() map[string]string }); ok {
		secrets.Add(configured.GetConfiguration()[configuration.KeyToken])
	}
	return secrets
}

// scrubbingStream scrubs what a sync tells beside its rows, which are data.
type scrubbingStream struct {
	grpc.ServerStream
	secrets *secret.Set
}

func (s *scrubbingStream) RecvMsg(request any) error {
	err := s.ServerStream.RecvMsg(request)
	if err == nil {
		s.secrets = secretOf(request)
	}
	return err
}

func (s *scrubbingStream) SendMsg(message any) error {
	if response, ok := message.(*sdk.UpdateResponse); ok {
		switch told := response.GetOperation().(type) {
		case *sdk.UpdateResponse_Warning:
			told.Warning.Message = s.secrets.Scrub(told.Warning.GetMessage())
		case *sdk.UpdateResponse_Task:
			told.Task.Message = s.secrets.Scrub(told.Task.GetMessage())
		case *sdk.UpdateResponse_Checkpoint:
			if s.secrets.Scrub(told.Checkpoint.GetStateJson()) != told.Checkpoint.GetStateJson() {
				return status.Error(codes.Internal, "the state would hold the access token, which is the name of something in this workspace: create a new token")
			}
		}
	}
	return s.ServerStream.SendMsg(message)
}
