package drain

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"strconv"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"
)

// The client is what the contestants are measured by, on the same two cores, so
// its own work is as small as can be: one goroutine reads HTTP/2's frames and
// walks over what they hold. A client of grpc-go takes a third more, most of
// it for copies and for waking goroutines.
const (
	readBuffer = 256 << 10
	// window is the largest there is: who waits for the client is held up by
	// TCP, not by HTTP/2. It is renewed when so much of it is used.
	window = 1<<31 - 1
	renew  = 1 << 30
	// firstWindow is what a connection has before it is told more.
	firstWindow = 1<<16 - 1
)

// call is a gRPC call over an HTTP/2 connection of its own.
type call struct {
	connection net.Conn
	output     *bufio.Writer
	frames     *http2.Framer
	used       uint32 // of the window
}

// stream is the call's, the first that a client opens.
const stream = 1

func invoke(target, method string, request proto.Message) (*call, error) {
	message, err := proto.Marshal(request)
	if err != nil {
		return nil, err
	}
	connection, err := net.Dial("tcp", target)
	if err != nil {
		return nil, err
	}
	c := &call{connection: connection, output: bufio.NewWriter(connection)}
	c.frames = http2.NewFramer(c.output, bufio.NewReaderSize(connection, readBuffer))
	c.frames.SetReuseFrames()
	c.frames.ReadMetaHeaders = hpack.NewDecoder(4096, nil)
	body := binary.BigEndian.AppendUint32([]byte{0}, uint32(len(message)))
	if _, err = c.output.WriteString(http2.ClientPreface); err == nil {
		err = c.begin(method, append(body, message...))
	}
	if err != nil {
		connection.Close()
	}
	return c, err
}

// begin writes the frames that make the call.
func (c *call) begin(method string, body []byte) error {
	var headers bytes.Buffer
	encoder := hpack.NewEncoder(&headers)
	for _, h := range []hpack.HeaderField{
		{Name: ":method", Value: "POST"},
		{Name: ":scheme", Value: "http"},
		{Name: ":path", Value: method},
		{Name: ":authority", Value: "localhost"},
		{Name: "content-type", Value: "application/grpc"},
		{Name: "te", Value: "trailers"},
	} {
		if err := encoder.WriteField(h); err != nil {
			return err
		}
	}
	// An error of the output stays, and is Flush's too.
	return errors.Join(
		c.frames.WriteSettings(http2.Setting{ID: http2.SettingInitialWindowSize, Val: window}),
		c.frames.WriteWindowUpdate(0, window-firstWindow),
		c.frames.WriteHeaders(http2.HeadersFrameParam{StreamID: stream, BlockFragment: headers.Bytes(), EndHeaders: true}),
		c.frames.WriteData(stream, true, body),
		c.output.Flush(),
	)
}

// receive gives what is streamed to w until the call ends.
func (c *call) receive(w *walk) error {
	for {
		frame, err := c.frames.ReadFrame()
		if err != nil {
			return err
		}
		switch f := frame.(type) {
		case *http2.DataFrame:
			if _, err = w.Write(f.Data()); err == nil {
				err = c.consume(f.Length)
			}
		case *http2.MetaHeadersFrame:
			if f.StreamEnded() {
				return statusOf(f)
			}
		case *http2.SettingsFrame:
			if !f.IsAck() {
				err = errors.Join(c.frames.WriteSettingsAck(), c.output.Flush())
			}
		case *http2.PingFrame:
			if !f.IsAck() {
				err = errors.Join(c.frames.WritePing(true, f.Data), c.output.Flush())
			}
		case *http2.RSTStreamFrame:
			err = fmt.Errorf("the server resets the stream: %v", f.ErrCode)
		}
		if err != nil {
			return err
		}
	}
}

// consume renews the windows.
func (c *call) consume(length uint32) error {
	if c.used += length; c.used < renew {
		return nil
	}
	used := c.used
	c.used = 0
	return errors.Join(c.frames.WriteWindowUpdate(0, used), c.frames.WriteWindowUpdate(stream, used), c.output.Flush())
}

// statusOf is how a call has ended: an error unless it was well.
func statusOf(trailers *http2.MetaHeadersFrame) error {
	var code, message string
	for _, h := range trailers.Fields {
		switch h.Name {
		case "grpc-status":
			code = h.Value
		case "grpc-message":
			message = h.Value
		}
	}
	if code == "0" {
		return nil
	}
	number, err := strconv.Atoi(code)
	if err != nil {
		return fmt.Errorf("no gRPC status: %q", code)
	}
	return fmt.Errorf("%v: %s", codes.Code(number), message)
}
