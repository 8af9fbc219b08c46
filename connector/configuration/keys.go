// Package configuration is what a user chooses, and where it is found.
package configuration

// Keys are all keys that a configuration may have, in the form's order.
func Keys() []string {
	return []string{
		"access_token", "dataset_id", "attribute_ids", "initial_start_time", "lookback_days", "memberships", "region", "timezone",
		"window_seconds", "parallel_jobs", "primary_keys", "app_id", "client_id", "base_url",
	}
}
