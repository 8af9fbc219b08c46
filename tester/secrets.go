package tester

import (
	"strings"

	sdk "intercom-connector/proto"
)

// secrets are values that must not be shown.
type secrets []string

// guessSecrets finds the configuration's secrets by their keys' names, for the
// time before the connector's form has said which they are.
func guessSecrets(configuration map[string]string) secrets {
	var s secrets
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

// formSecrets are the values of the form's password fields.
func formSecrets(fields []*sdk.FormField, configuration map[string]string) secrets {
	var s secrets
	for _, f := range fields {
		if _, text := f.GetType().(*sdk.FormField_TextField); text && f.GetTextField() == sdk.TextField_Password {
			s = s.add(configuration[f.GetName()])
		}
		s = append(s, formSecrets(f.GetConditionalFields().GetFields(), configuration)...)
	}
	return s
}

// add leaves out values too short to be told from ordinary text.
func (s secrets) add(v string) secrets {
	if len(v) < 4 {
		return s
	}
	return append(s, v)
}

func (s secrets) string(text string) string {
	for _, v := range s {
		text = strings.ReplaceAll(text, v, "[secret]")
	}
	return text
}

// error hides the secrets in an error's text and keeps it unwrappable.
func (s secrets) error(err error) error {
	if err == nil {
		return nil
	}
	return &cleanError{err: err, text: s.string(err.Error())}
}

type cleanError struct {
	err  error
	text string
}

func (e *cleanError) Error() string { return e.text }

func (e *cleanError) Unwrap() error { return e.err }
