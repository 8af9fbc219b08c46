package sdk

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// The contract as Fivetran publishes it: what the two files may not drift from.
var contract = map[string]string{
	"ConfigurationFormRequest":  "",
	"ConfigurationFormResponse": "schema_selection_supported bool=1; table_selection_supported bool=2; rep fields FormField=3; rep tests ConfigurationTest=4",
	"FormField":                 "name string=1; label string=2; opt required bool=3; opt description string=4; type.text_field TextField=5; type.dropdown_field DropdownField=6; type.toggle_field ToggleField=7; type.conditional_fields ConditionalFields=10; type.upload_field UploadField=11; type.descriptive_dropdown_fields DescriptiveDropDownFields=12; opt default_value string=8; opt placeholder string=9",
	"UploadField":               "rep allowed_file_type string=1; max_file_size_bytes int32=2",
	"DescriptiveDropDownFields": "rep descriptive_dropdown_field DescriptiveDropDownField=1",
	"DescriptiveDropDownField":  "value string=1; label string=2; description string=3",
	"ConditionalFields":         "condition VisibilityCondition=1; rep fields FormField=2",
	"VisibilityCondition":       "condition_field string=1; visible_when.bool_value bool=2; visible_when.string_value string=3; visible_when.empty_value bool=4",
	"DropdownField":             "rep dropdown_field string=1",
	"ToggleField":               "",
	"ConfigurationTest":         "name string=1; label string=2",
	"TestRequest":               "name string=1; configuration map<string,string>=2",
	"TestResponse":              "response.success bool=1; response.failure string=2",
	"SchemaList":                "rep schemas Schema=1",
	"TableList":                 "rep tables Table=1",
	"Schema":                    "name string=1; rep tables Table=2",
	"Table":                     "name string=1; rep columns Column=2",
	"Column":                    "name string=1; type DataType=2; primary_key bool=3; opt params DataTypeParams=4",
	"DataTypeParams":            "params.decimal DecimalParams=1; params.string_byte_length int32=2",
	"DecimalParams":             "precision uint32=1; scale uint32=2",
	"ValueType":                 "inner.null bool=1; inner.bool bool=2; inner.short int32=3; inner.int int32=4; inner.long int64=5; inner.float float=6; inner.double double=7; inner.naive_date Timestamp=8; inner.naive_datetime Timestamp=9; inner.utc_datetime Timestamp=10; inner.decimal string=11; inner.binary bytes=12; inner.string string=13; inner.json string=14; inner.xml string=15; inner.naive_time Timestamp=16",
	"SchemaRequest":             "configuration map<string,string>=1",
	"SchemaResponse":            "response.schema_response_not_supported bool=1; response.with_schema SchemaList=2; response.without_schema TableList=3; opt selection_not_supported bool=4",
	"UpdateRequest":             "configuration map<string,string>=1; opt selection Selection=2; opt state_json string=3",
	"Selection":                 "selection.without_schema TablesWithNoSchema=1; selection.with_schema TablesWithSchema=2",
	"TablesWithNoSchema":        "rep tables TableSelection=1; include_new_tables bool=2",
	"TablesWithSchema":          "rep schemas SchemaSelection=1; include_new_schemas bool=2",
	"SchemaSelection":           "included bool=1; schema_name string=2; rep tables TableSelection=3; include_new_tables bool=4",
	"TableSelection":            "included bool=1; table_name string=2; columns map<string,bool>=3; include_new_columns bool=4",
	"UpdateResponse":            "operation.record Record=1; operation.schema_change SchemaChange=2; operation.checkpoint Checkpoint=3; operation.warning Warning=4; operation.task Task=5; operation.records Records=6",
	"SchemaChange":              "change.with_schema SchemaList=1; change.without_schema TableList=2",
	"Records":                   "rep records Record=1",
	"Record":                    "opt schema_name string=1; table_name string=2; type RecordType=3; data map<string,ValueType>=4",
	"Checkpoint":                "state_json string=1",
	"Warning":                   "message string=1",
	"Task":                      "message string=1",

	"enum TextField":  "PlainText=0; Password=1; Hidden=2",
	"enum RecordType": "UPSERT=0; UPDATE=1; DELETE=2; TRUNCATE=3",
	"enum DataType":   "UNSPECIFIED=0; BOOLEAN=1; SHORT=2; INT=3; LONG=4; DECIMAL=5; FLOAT=6; DOUBLE=7; NAIVE_DATE=8; NAIVE_DATETIME=9; UTC_DATETIME=10; BINARY=11; XML=12; STRING=13; JSON=14; NAIVE_TIME=15",

	"service SourceConnector": "ConfigurationForm(ConfigurationFormRequest) ConfigurationFormResponse; Test(TestRequest) TestResponse; Schema(SchemaRequest) SchemaResponse; Update(UpdateRequest) stream UpdateResponse",
}

func TestContract(t *testing.T) {
	got := map[string]string{}
	for _, file := range []protoreflect.FileDescriptor{File_common_proto, File_connector_sdk_proto} {
		if file.Package() != "fivetran_sdk.v2" || file.Syntax() != protoreflect.Proto3 {
			t.Errorf("%s: package %s, %v", file.Path(), file.Package(), file.Syntax())
		}
		for m := range each(file.Messages()) {
			got[string(m.Name())] = fields(m)
			if m.Enums().Len() > 0 {
				t.Errorf("%s has enums of its own", m.Name())
			}
		}
		for e := range each(file.Enums()) {
			got["enum "+string(e.Name())] = values(e)
		}
		for s := range each(file.Services()) {
			got["service "+string(s.Name())] = methods(s)
		}
	}
	if os.Getenv("PROTO_SRC") != "" {
		holds(t, got)
		return
	}
	if diff := cmp.Diff(sorted(contract), sorted(got)); diff != "" {
		t.Errorf("the protocol files and the contract part (-contract +files):\n%s", diff)
	}
}

// holds compares with files that are not ours (PROTO_SRC): what the contract
// says must be in them, under the same names and numbers. What they have besides
// changes nothing on the wire, and is told.
func holds(t *testing.T, got map[string]string) {
	t.Helper()
	for name, want := range contract {
		members := strings.Split(got[name], "; ")
		if _, ok := got[name]; !ok {
			t.Errorf("%s is missing", name)
			continue
		}
		for member := range strings.SplitSeq(want, "; ") {
			if !slices.Contains(members, member) {
				t.Errorf("%s lacks %q, it has %q", name, member, got[name])
			}
		}
		if more := len(members) - len(strings.Split(want, "; ")); more > 0 {
			t.Logf("%s has %d members that the contract does not know", name, more)
		}
	}
}

// sorted is a contract without the order of members, which the wire does not
// know.
func sorted(contract map[string]string) map[string][]string {
	members := map[string][]string{}
	for name, list := range contract {
		members[name] = slices.Sorted(strings.SplitSeq(list, "; "))
	}
	return members
}

func each[T any](list interface {
	Len() int
	Get(int) T
},
) func(func(T) bool) {
	return func(yield func(T) bool) {
		for i := range list.Len() {
			if !yield(list.Get(i)) {
				return
			}
		}
	}
}

func fields(m protoreflect.MessageDescriptor) string {
	var list []string
	for f := range each(m.Fields()) {
		name := string(f.Name())
		switch oneof := f.ContainingOneof(); {
		case f.IsMap():
		case oneof != nil && !oneof.IsSynthetic():
			name = string(oneof.Name()) + "." + name
		case f.HasOptionalKeyword():
			name = "opt " + name
		case f.Cardinality() == protoreflect.Repeated:
			name = "rep " + name
		}
		list = append(list, fmt.Sprintf("%s %s=%d", name, kind(f), f.Number()))
	}
	return strings.Join(list, "; ")
}

func kind(f protoreflect.FieldDescriptor) string {
	switch {
	case f.IsMap():
		return fmt.Sprintf("map<%s,%s>", kind(f.MapKey()), kind(f.MapValue()))
	case f.Message() != nil:
		return string(f.Message().Name())
	case f.Enum() != nil:
		return string(f.Enum().Name())
	default:
		return f.Kind().String()
	}
}

func values(e protoreflect.EnumDescriptor) string {
	var list []string
	for v := range each(e.Values()) {
		list = append(list, fmt.Sprintf("%s=%d", v.Name(), v.Number()))
	}
	return strings.Join(list, "; ")
}

func methods(s protoreflect.ServiceDescriptor) string {
	var list []string
	for m := range each(s.Methods()) {
		stream := ""
		if m.IsStreamingServer() {
			stream = "stream "
		}
		if m.IsStreamingClient() {
			stream = "client " + stream
		}
		list = append(list, fmt.Sprintf("%s(%s) %s%s", m.Name(), m.Input().Name(), stream, m.Output().Name()))
	}
	return strings.Join(list, "; ")
}
