package connector

import (
	"context"

	"intercom-connector/connector/configuration"
	"intercom-connector/connector/export"
	"intercom-connector/connector/workspace"
)

// settings reads a configuration, as far as this server allows it.
func (c *Connector) settings(values map[string]string) (configuration.Settings, error) {
	settings, err := configuration.Parse(values)
	if err != nil {
		return settings, err
	}
	if settings.BaseURL != "" && !c.options.AllowBaseURL {
		return settings, &configuration.Error{Key: configuration.KeyBaseURL, Want: "is not allowed by this server: leave it empty. Whoever runs the server may allow it with --allow-base-url"}
	}
	if len(settings.Unknown) > 0 {
		c.log.Warn("the configuration holds keys that this connector does not know", "keys", settings.Unknown)
	}
	return settings, nil
}

// connect asks whose token a configuration has.
func (c *Connector) connect(ctx context.Context, values map[string]string) (*workspace.Workspace, error) {
	settings, err := c.settings(values)
	if err != nil {
		return nil, err
	}
	return workspace.Connect(ctx, settings, c.workspaceOptions())
}

func (c *Connector) workspaceOptions() workspace.Options {
	return workspace.Options{
		Log: c.log, Now: c.options.Now, Transport: c.options.Transport, Timeouts: c.options.Timeouts, OnWait: c.options.OnWait,
	}
}

// open connects and lists the configured datasets. last is what earlier syncs
// read, or nil.
func (c *Connector) open(ctx context.Context, values map[string]string, last *export.State) (*workspace.Workspace, error) {
	settings, err := c.settings(values)
	if err != nil {
		return nil, err
	}
	return workspace.Open(ctx, settings, c.workspaceOptions(), last)
}
