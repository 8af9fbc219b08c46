package lambda

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"intercom-connector/intercom"
	"intercom-connector/internal/secret"
)

// tokens keeps the access token for the life of the process.
type tokens struct {
	secrets *secretsmanager.Client
	arn     string

	all *secret.Set // those that were in use: the log may still speak of one

	mu    sync.Mutex
	token string
}

func (t *tokens) get(ctx context.Context) (string, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.token != "" {
		return t.token, nil
	}
	out, err := t.secrets.GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{SecretId: &t.arn})
	if err != nil {
		return "", fmt.Errorf("the access token cannot be read from Secrets Manager: %w", err)
	}
	if out.SecretString == nil || strings.TrimSpace(*out.SecretString) == "" {
		return "", errors.New("the secret in OPERATOR_TOKEN_SECRET is empty; put Intercom's access token there, as plain text")
	}
	t.token = strings.TrimSpace(*out.SecretString)
	t.all.Add(t.token)
	return t.token, nil
}

// heard forgets a token that Intercom does not accept: it may have been
// replaced since.
func (t *tokens) heard(err error) {
	var refused *intercom.Error
	if errors.As(err, &refused) && refused.Unauthorized() {
		t.mu.Lock()
		defer t.mu.Unlock()
		t.token = ""
	}
}
