package jepsen

import (
	"encoding/json"
	"fmt"
	"os"
)

// WriteHistories stores histories, so that they can be looked at and checked again.
func WriteHistories(path string, histories []History) error {
	b, err := json.Marshal(histories)
	if err == nil {
		err = os.WriteFile(path, b, 0o644)
	}
	if err != nil {
		return fmt.Errorf("store the histories: %w", err)
	}
	return nil
}

// ReadHistories reads what WriteHistories stored.
func ReadHistories(path string) (histories []History, err error) {
	b, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(b, &histories)
	}
	if err != nil {
		return nil, fmt.Errorf("read the histories: %w", err)
	}
	return histories, nil
}
