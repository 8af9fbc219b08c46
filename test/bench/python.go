package main

import (
	"embed"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"

	"intercom-connector/connector/export/csv"
	sdk "intercom-connector/proto"
	"intercom-connector/test/bench/export"
)

//go:embed python/peer.py
var pythonPeer embed.FS

// findPython gives an interpreter that has gRPC and protobuf, or says why there
// is none. Unless one is asked for it is that of the Connector SDK's own virtual
// environment: its packages are the ones that Fivetran runs, protobuf in upb.
func findPython(asked string) (string, error) {
	python := asked
	if asked == "" {
		folder, err := exec.Command("sh", "test/genuine/venv.sh", "sdk-2.13.1").Output()
		if err != nil {
			return "", fmt.Errorf("no virtual environment (sh test/genuine/venv.sh sdk-2.13.1 makes it): %w", err)
		}
		python = filepath.Join(strings.TrimSpace(string(folder)), "bin", "python")
	}
	out, err := exec.Command(python, "-c", "import grpc, google.protobuf").CombinedOutput()
	if err != nil {
		lines := strings.Split(strings.TrimSpace(string(out)), "\n")
		return "", fmt.Errorf("%s lacks grpcio or protobuf (%s)", python, lines[len(lines)-1])
	}
	return python, nil
}

// writePeer writes what the Python peer needs into a folder and gives its
// arguments.
func writePeer(folder string, s export.Shape) ([]string, error) {
	source, err := pythonPeer.ReadFile("python/peer.py")
	if err != nil {
		return nil, err
	}
	descriptors, err := proto.Marshal(&descriptorpb.FileDescriptorSet{
		File: withImports(sdk.File_connector_sdk_proto, nil),
	})
	if err != nil {
		return nil, err
	}
	names := map[csv.Kind]string{csv.String: "string", csv.Long: "long", csv.Double: "double", csv.UTCDatetime: "utc_datetime"}
	kinds := map[string]string{}
	for _, c := range s.Table().Columns {
		kinds[c.Name] = names[c.Kind]
	}
	columns, err := json.Marshal(kinds)
	if err != nil {
		return nil, err
	}
	var arguments []string
	for _, file := range []struct {
		name string
		data []byte
	}{{"peer.py", source}, {"descriptors", descriptors}, {"columns.json", columns}} {
		path := filepath.Join(folder, file.name)
		if err := os.WriteFile(path, file.data, 0o600); err != nil {
			return nil, err
		}
		arguments = append(arguments, path)
	}
	return arguments, nil
}

// withImports appends a file's descriptor after those of what it imports.
func withImports(file protoreflect.FileDescriptor, list []*descriptorpb.FileDescriptorProto) []*descriptorpb.FileDescriptorProto {
	for _, known := range list {
		if known.GetName() == file.Path() {
			return list
		}
	}
	imports := file.Imports()
	for i := range imports.Len() {
		list = withImports(imports.Get(i), list)
	}
	return append(list, protodesc.ToFileDescriptorProto(file))
}
