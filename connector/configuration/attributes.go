package configuration

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// attributes reads attribute_ids: for one dataset a list, for several an object
// of dataset to list. Empty means all attributes.
func (p *parser) attributes(datasets []string) map[string][]string {
	text := p.text(KeyAttributes)
	if text == "" {
		return nil
	}
	if strings.HasPrefix(text, "{") {
		lists := p.lists(KeyAttributes, text)
		p.strangers(KeyAttributes, lists, datasets)
		return lists
	}
	if len(datasets) != 1 {
		p.refuse(KeyAttributes, `is one list for several datasets: write a JSON object, such as {"conversation": "conversation_id, channel"}`)
		return nil
	}
	list, err := parseList(text)
	if err != nil {
		p.refuse(KeyAttributes, "%v", err)
	}
	return map[string][]string{datasets[0]: list}
}

func (p *parser) primaryKeys() map[string][]string {
	text := p.text(KeyPrimaryKeys)
	if text == "" {
		return nil
	}
	return p.lists(KeyPrimaryKeys, text)
}

// lists reads a JSON object of dataset to list.
func (p *parser) lists(key, text string) map[string][]string {
	var raw map[string]json.RawMessage
	if err := json.Unmarshal([]byte(text), &raw); err != nil {
		p.refuse(key, `is not a JSON object of dataset to columns, such as {"conversation": "conversation_id, channel"}: %v`, err)
		return nil
	}
	if len(raw) > maxNames {
		p.refuse(key, "names more than %d datasets", maxNames)
		return nil
	}
	lists := map[string][]string{}
	for dataset, value := range raw {
		list, err := parseValue(value)
		if err != nil {
			p.refuse(key, "%s: %v", dataset, err)
		}
		lists[dataset] = list
	}
	return lists
}

// strangers refuses lists for datasets that the connection does not have.
func (p *parser) strangers(key string, lists map[string][]string, datasets []string) {
	for dataset := range lists {
		if datasets != nil && !slices.Contains(datasets, dataset) {
			p.refuse(key, "names %q, which %s does not name", dataset, KeyDatasets)
		}
	}
}

// parseValue reads a list inside an object: a string or a JSON array.
func parseValue(raw json.RawMessage) ([]string, error) {
	var text string
	if json.Unmarshal(raw, &text) == nil {
		return parseList(text)
	}
	if !strings.HasPrefix(string(raw), "[") {
		return nil, errors.New("is neither a text nor a JSON array of names")
	}
	return parseList(string(raw))
}

// parseList reads names separated by commas, or a JSON array of names, which
// may hold commas themselves.
func parseList(text string) ([]string, error) {
	var names []string
	if strings.HasPrefix(strings.TrimSpace(text), "[") {
		if err := json.Unmarshal([]byte(text), &names); err != nil {
			return nil, fmt.Errorf("is not a JSON array of names: %w", err)
		}
	} else {
		names = strings.Split(text, ",")
	}
	var list []string
	seen := map[string]bool{}
	for _, name := range names {
		name = strings.TrimSpace(name)
		switch {
		case name == "":
			return nil, fmt.Errorf("has an empty name in %q", text)
		case len(name) > maxName:
			return nil, fmt.Errorf("has a name of more than %d bytes", maxName)
		case !seen[name]:
			seen[name] = true
			list = append(list, name)
		}
		if len(list) > maxNames {
			return nil, fmt.Errorf("has more than %d names", maxNames)
		}
	}
	if len(list) == 0 {
		return nil, errors.New("is an empty list: leave it out for all")
	}
	return list, nil
}
