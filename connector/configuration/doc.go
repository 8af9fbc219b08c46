// Package configuration turns configuration.json, a form's answers or a few
// environment variables into [Settings] that the rest of the program can rely
// on: every value is a string, checked once, when it is read.
//
// All programs read the same keys by the same rules and in the same words. What
// is wrong is told all at once, each time with the key and what its value should
// look like; a secret is never quoted. The package knows no form, no workspace
// and no state: what depends on those is checked where they are known, with the
// same [Error].
package configuration
