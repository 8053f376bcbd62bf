package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"
	"golang.org/x/term"
)

// printResult prints a verb's result on stdout: one JSON object with --json,
// else the same as a table. v is a struct (or a pointer to one) with json tags.
func printResult(cmd *cobra.Command, v any) error {
	asJSON, err := cmd.Flags().GetBool("json")
	if err != nil {
		return err
	}
	if asJSON {
		return printJSON(cmd.OutOrStdout(), v)
	}
	return printTable(cmd.OutOrStdout(), v)
}

// printJSON prints v as one JSON object on one line.
func printJSON(w io.Writer, v any) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		return fmt.Errorf("printing the result: %w", err)
	}
	return nil
}

// printTable prints v's JSON for people, in the same order and with the same
// names: a line for each value ("a.b" for a value inside an object), then a
// table for each list of objects. It reads the JSON, so it can show nothing that
// --json does not.
func printTable(w io.Writer, v any) error {
	data, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("printing the result: %w", err)
	}
	fields, err := objectFields(data)
	if err != nil {
		return fmt.Errorf("printing the result as a table: %w", err)
	}
	var t tables
	if err := t.add("", fields); err != nil {
		return fmt.Errorf("printing the result as a table: %w", err)
	}
	return t.print(w)
}

// tables collects the lines of a result: its plain values and its lists.
type tables struct {
	values [][]string
	lists  []list
}

type list struct {
	name string
	rows [][]string // the first row is the header
}

func (t *tables) add(prefix string, fields []field) error {
	for _, f := range fields {
		name := prefix + f.name
		switch f.value[0] {
		case '{':
			inner, err := objectFields(f.value)
			if err != nil {
				return err
			}
			if err := t.add(name+".", inner); err != nil {
				return err
			}
		case '[':
			var items []json.RawMessage
			if err := json.Unmarshal(f.value, &items); err != nil {
				return err
			}
			if len(items) > 0 && items[0][0] == '{' {
				if err := t.addList(name, items); err != nil {
					return err
				}
				continue
			}
			if len(items) == 0 {
				t.values = append(t.values, []string{name, "none"})
				continue
			}
			cells := make([]string, len(items))
			for i, item := range items {
				cells[i] = plain(item)
			}
			t.values = append(t.values, []string{name, strings.Join(cells, ", ")})
		default:
			t.values = append(t.values, []string{name, plain(f.value)})
		}
	}
	return nil
}

// addList adds a list of objects; an object may leave out what another has.
func (t *tables) addList(name string, items []json.RawMessage) error {
	column := map[string]int{}
	var header []string
	rows := make([][]string, 0, len(items)+1)
	for _, item := range items {
		fields, err := objectFields(item)
		if err != nil {
			return err
		}
		row := make([]string, len(header), len(header)+len(fields))
		for _, f := range fields {
			at, known := column[f.name]
			if !known {
				at = len(header)
				column[f.name] = at
				header = append(header, f.name)
				row = append(row, "")
			}
			row[at] = plain(f.value)
		}
		rows = append(rows, row)
	}
	t.lists = append(t.lists, list{name: name, rows: append([][]string{header}, rows...)})
	return nil
}

func (t *tables) print(w io.Writer) error {
	var text bytes.Buffer
	out := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	for _, row := range t.values {
		fmt.Fprintln(out, strings.Join(row, "\t"))
	}
	for i, l := range t.lists {
		if i > 0 || len(t.values) > 0 {
			fmt.Fprintln(out)
		}
		for _, row := range l.rows {
			missing := len(l.rows[0]) - len(row)
			fmt.Fprintln(out, strings.Join(row, "\t")+strings.Repeat("\t", missing))
		}
	}
	if err := out.Flush(); err != nil {
		return err
	}
	for line := range strings.Lines(text.String()) {
		if _, err := fmt.Fprintln(w, strings.TrimRight(line, " \n")); err != nil {
			return fmt.Errorf("printing the result: %w", err)
		}
	}
	return nil
}

// field is one name and value of a JSON object, in the object's order.
type field struct {
	name  string
	value json.RawMessage
}

func objectFields(data []byte) ([]field, error) {
	decoder := json.NewDecoder(bytes.NewReader(data))
	if open, err := decoder.Token(); err != nil || open != json.Delim('{') {
		return nil, fmt.Errorf("want a JSON object, have %.40s", data)
	}
	var fields []field
	for decoder.More() {
		name, err := decoder.Token()
		if err != nil {
			return nil, err
		}
		var value json.RawMessage
		if err := decoder.Decode(&value); err != nil {
			return nil, err
		}
		fields = append(fields, field{name: name.(string), value: value})
	}
	return fields, nil
}

// plain is a JSON value as people read it: a string without its quotes.
func plain(value json.RawMessage) string {
	var s string
	if json.Unmarshal(value, &s) == nil {
		return s
	}
	return string(value)
}

// colourful says whether w is a terminal whose user takes colours (NO_COLOR unset).
func colourful(w io.Writer) bool {
	file, ok := w.(*os.File)
	return ok && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb" && term.IsTerminal(int(file.Fd()))
}
