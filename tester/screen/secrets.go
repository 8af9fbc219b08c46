package screen

import (
	"strings"

	sdk "intercom-connector/proto"
)

// Secrets are values that must not be shown.
type Secrets []string

// Guess finds the configuration's secrets by their keys' names, for the
// time before the connector's form has said which they are.
func Guess(configuration map[string]string) Secrets {
	var s Secrets
	for key, v := range configuration {
		key = strings.ToLower(key)
		for _, word := range []string{"token", "secret", "password", "api_key", "private_key"} {
			if strings.Contains(key, word) {
				s = s.add(v)
			}
		}
	}
	return s
}

// FromForm are the values of the form's password fields.
func FromForm(fields []*sdk.FormField, configuration map[string]string) Secrets {
	var s Secrets
	for _, f := range fields {
		if _, text := f.GetType().(*sdk.FormField_TextField); text && f.GetTextField() == sdk.TextField_Password {
			s = s.add(configuration[f.GetName()])
		}
		s = append(s, FromForm(f.GetConditionalFields().GetFields(), configuration)...)
	}
	return s
}

// add leaves out values too short to be told from ordinary text.
func (s Secrets) add(v string) Secrets {
	if len(v) < 4 {
		return s
	}
	return append(s, v)
}

// Hide replaces the secrets in a text.
func (s Secrets) Hide(text string) string {
	for _, v := range s {
		text = strings.ReplaceAll(text, v, "[secret]")
	}
	return text
}

// Error hides the secrets in an error's text and keeps it unwrappable.
func (s Secrets) Error(err error) error {
	if err == nil {
		return nil
	}
	return &cleanError{err: err, text: s.Hide(err.Error())}
}

type cleanError struct {
	err  error
	text string
}

func (e *cleanError) Error() string { return e.text }

func (e *cleanError) Unwrap() error { return e.err }
