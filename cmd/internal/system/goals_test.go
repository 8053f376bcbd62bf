package system

import (
	"strings"
	"testing"

	"github.com/huntgraph/huntgraph/codec"
)

func TestParseGoals(t *testing.T) {
	goals, err := ParseGoals("exit=120,camp=7")
	want := []codec.Goal{{Name: codec.NameOf("exit"), Node: 120}, {Name: codec.NameOf("camp"), Node: 7}}
	if err != nil || len(goals) != 2 || goals[0] != want[0] || goals[1] != want[1] {
		t.Errorf("%v, %v", goals, err)
	}
	if goals, err := ParseGoals(""); goals != nil || err != nil {
		t.Errorf("no goals: %v, %v", goals, err)
	}
	for text, says := range map[string]string{
		"exit":                            "as exit=120",
		"exit=":                           "as exit=120",
		"exit=-1":                         "as exit=120",
		"exit=4294967295":                 "as exit=120",
		"=5":                              "want a name",
		"a-name-of-17-bytes=5":            "at most 16 bytes",
		"exit=1,exit=2":                   "another one",
		strings.Repeat("x=1,", 3) + "x=2": "another one",
		"a=1,b=1,c=1,d=1,e=1,f=1,g=1,h=1,i=1,j=1,k=1,l=1,m=1,n=1,o=1,p=1,q=1": "at most 16",
	} {
		if _, err := ParseGoals(text); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: %v; want something with %q", text, err, says)
		}
	}
}
