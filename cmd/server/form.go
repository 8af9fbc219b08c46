package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"

	"intercom-connector/connector"
	sdk "intercom-connector/proto"
)

// formLine is the setup form as the Connector SDK's classes can say it: a
// default value is shown as a placeholder, since a field there has none.
type formLine struct {
	Fields []fieldLine `json:"fields"`
	Tests  []testLine  `json:"tests"`
}

type fieldLine struct {
	Kind        string       `json:"kind"` // plain_text, password, hidden, dropdown or toggle
	Name        string       `json:"name"`
	Label       string       `json:"label"`
	Description string       `json:"description,omitempty"`
	Required    bool         `json:"required"`
	Placeholder string       `json:"placeholder,omitempty"`
	Options     []optionLine `json:"options,omitempty"`
}

type optionLine struct {
	Value       string `json:"value"`
	Label       string `json:"label"`
	Description string `json:"description,omitempty"`
}

type testLine struct {
	Name  string `json:"name"`
	Label string `json:"label"`
}

// printForm writes the form, for those who pack a project with it.
func printForm(ctx context.Context, out io.Writer) error {
	answer, err := connector.New(connector.Options{}).ConfigurationForm(ctx, &sdk.ConfigurationFormRequest{})
	if err != nil {
		return err
	}
	form := formLine{Fields: []fieldLine{}, Tests: []testLine{}}
	for _, field := range answer.GetFields() {
		line, err := newFieldLine(field)
		if err != nil {
			return fmt.Errorf("field %s: %w", field.GetName(), err)
		}
		form.Fields = append(form.Fields, line)
	}
	for _, test := range answer.GetTests() {
		form.Tests = append(form.Tests, testLine{test.GetName(), test.GetLabel()})
	}
	encoder := json.NewEncoder(out)
	encoder.SetIndent("", "  ")
	return encoder.Encode(form)
}

func newFieldLine(field *sdk.FormField) (fieldLine, error) {
	line := fieldLine{
		Name: field.GetName(), Label: field.GetLabel(), Description: field.GetDescription(),
		Required: field.GetRequired(), Placeholder: field.GetPlaceholder(),
	}
	if line.Placeholder == "" {
		line.Placeholder = field.GetDefaultValue()
	}
	switch kind := field.GetType().(type) {
	case *sdk.FormField_TextField:
		line.Kind = map[sdk.TextField]string{sdk.TextField_PlainText: "plain_text", sdk.TextField_Password: "password", sdk.TextField_Hidden: "hidden"}[kind.TextField]
	case *sdk.FormField_ToggleField:
		line.Kind = "toggle"
	case *sdk.FormField_DropdownField:
		line.Kind = "dropdown"
		for _, value := range kind.DropdownField.GetDropdownField() {
			line.Options = append(line.Options, optionLine{Value: value, Label: value})
		}
	case *sdk.FormField_DescriptiveDropdownFields:
		line.Kind = "dropdown"
		for _, o := range kind.DescriptiveDropdownFields.GetDescriptiveDropdownField() {
			line.Options = append(line.Options, optionLine{o.GetValue(), o.GetLabel(), o.GetDescription()})
		}
	default:
		return line, fmt.Errorf("%T has no counterpart in the Connector SDK", kind)
	}
	return line, nil
}
