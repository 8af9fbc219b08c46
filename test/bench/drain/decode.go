package drain

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	sdk "intercom-connector/proto"
)

// Decode calls a server as [Update] does, by a heavier client: grpc-go, which makes
// each record a value of the generated types. It shows what is left of a server's
// lead before a receiver that does as much with every row.
func Decode(target string, configuration map[string]string) (d Drained, err error) {
	conn, err := grpc.NewClient("passthrough:///"+target, grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(window)))
	if err != nil {
		return d, err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	d.Began = time.Now().UnixNano()
	stream, err := sdk.NewSourceConnectorClient(conn).Update(context.Background(), &sdk.UpdateRequest{Configuration: configuration})
	if err != nil {
		return d, err
	}
	for {
		response, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			d.Ended = time.Now().UnixNano()
			return d, nil
		}
		if err != nil {
			return d, err
		}
		switch {
		case response.GetRecord() != nil:
			d.Rows++
		case response.GetRecords() != nil:
			d.Rows += len(response.GetRecords().GetRecords())
		case response.GetWarning() != nil && !strings.Contains(response.GetWarning().GetMessage(), repeated):
			return d, fmt.Errorf("the server says: %s", response.GetWarning().GetMessage())
		}
	}
}
