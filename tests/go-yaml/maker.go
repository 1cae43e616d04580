package main

import (
	"fmt"
	"math/rand"
	"strings"
)

// maker makes up documents out of what people and Helm charts write.
type maker struct{ *rand.Rand }

var words = []string{
	"a", "web", "yes", "No", "on", "off", "y", "n", "~", "null", "true", "80", "0777", "0o17", "1_000", "12e03", ".5", "1.0",
	"0x1F", "-3", "1:30", "2001-01-01", "10.0.0.0/8", "::1", "a b", "'yes'", "\"a\\tb\"", "\"x\\u00e9\"", "''", "http://a.b/c?d=e#f",
	"a#b", "-", "- a", "a:b", "@a", "%a", "`a", "!foo bar", "!!str 80", "!!int \"7\"", "\"\"", "<<", "=", "*", "&x a", "é", "{}", "[]",
	"[a, b]", "{a: 1}", "[a, [b, {c: d}]]", "{a, b: }", "a, b", "?", "? a", "a ? b", "\"a: b\"", "'it''s'", "1.", "+1", "0b11", "08", "-0b1",
}

func (m maker) word() string { return words[m.Intn(len(words))] }

func (m maker) document() string {
	var out strings.Builder
	m.mapping(&out, 0, 3)
	return out.String()
}

func (m maker) mapping(out *strings.Builder, indent, depth int) {
	for index := range 1 + m.Intn(3) {
		key := fmt.Sprintf("k%d", index)
		if m.Intn(6) == 0 {
			key = m.word()
		}
		fmt.Fprintf(out, "%s%s:", strings.Repeat(" ", indent), key)
		m.value(out, indent, depth)
	}
}

func (m maker) value(out *strings.Builder, indent, depth int) {
	comment := ""
	if m.Intn(5) == 0 {
		comment = " # note"
	}
	choice := m.Intn(10)
	switch {
	case depth > 0 && choice < 2:
		fmt.Fprintf(out, "%s\n", comment)
		m.mapping(out, indent+1+m.Intn(3), depth-1)
	case depth > 0 && choice < 4:
		fmt.Fprintf(out, "%s\n", comment)
		m.sequence(out, indent+m.Intn(3), depth-1)
	case choice == 4:
		fmt.Fprintf(out, " %s\n", []string{"|", "|-", ">", ">-", "|+", ">2"}[m.Intn(6)])
		for range 1 + m.Intn(3) {
			fmt.Fprintf(out, "%s%s\n", strings.Repeat(" ", indent+2+m.Intn(2)), m.word())
		}
	case choice == 5:
		fmt.Fprintf(out, "%s\n", comment)
	case choice == 6:
		fmt.Fprintf(out, " %s\n%s%s\n", m.word(), strings.Repeat(" ", indent+1+m.Intn(2)), m.word())
	default:
		fmt.Fprintf(out, "%s%s%s\n", []string{" ", "  ", "\t"}[m.Intn(12)/5], m.word(), comment)
	}
}

func (m maker) sequence(out *strings.Builder, indent, depth int) {
	for range 1 + m.Intn(3) {
		fmt.Fprintf(out, "%s-", strings.Repeat(" ", indent))
		if depth > 0 && m.Intn(3) == 0 {
			fmt.Fprintf(out, " k: %s\n%sl: %s\n", m.word(), strings.Repeat(" ", indent+2), m.word())
			continue
		}
		fmt.Fprintf(out, " %s\n", m.word())
	}
}
