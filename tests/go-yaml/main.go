// Prints what sigs.k8s.io/yaml, the reader in kubectl, makes of the corpus: a JSON object a line, with the input and
// either its JSON or the error. `go run . > golden.jsonl` writes the file that the Rust test compares with;
// `go run . -random N -seed S` prints N made-up documents instead.
package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"math/rand"
	"os"
	"path/filepath"
	"sort"
	"strings"

	"sigs.k8s.io/yaml"
)

type answer struct {
	Name  string          `json:"name"`
	Input string          `json:"input"`
	JSON  json.RawMessage `json:"json,omitempty"`
	Error string          `json:"error,omitempty"`
}

func main() {
	random := flag.Int("random", 0, "print so many made-up documents instead of the corpus")
	seed := flag.Int64("seed", 1, "seed of the made-up documents")
	flag.Parse()
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	if *random > 0 {
		made := maker{rand.New(rand.NewSource(*seed))}
		for index := range *random {
			tell(out, fmt.Sprintf("random-%d", index), made.document())
		}
		return
	}
	scalars, err := os.ReadFile("corpus/scalars.txt")
	check(err)
	for _, line := range strings.Split(strings.TrimSuffix(string(scalars), "\n"), "\n") {
		tell(out, "value "+line, "a: "+line+"\n")
		tell(out, "element "+line, "[ "+line+" ]\n")
		tell(out, "key "+line, line+": a\n")
	}
	files, err := filepath.Glob("corpus/*.yaml")
	check(err)
	sort.Strings(files)
	for _, file := range files {
		text, err := os.ReadFile(file)
		check(err)
		for index, document := range strings.Split(string(text), "\n=====\n") {
			tell(out, fmt.Sprintf("%s %d", filepath.Base(file), index), document+"\n")
		}
	}
	made := maker{rand.New(rand.NewSource(*seed))}
	for index := range 400 {
		tell(out, fmt.Sprintf("random-%d", index), made.document())
	}
}

func tell(out *bufio.Writer, name, input string) {
	result := answer{Name: name, Input: input}
	text, err := yaml.YAMLToJSON([]byte(input))
	if err != nil {
		result.Error = err.Error()
	} else {
		result.JSON = text
	}
	line, err := json.Marshal(result)
	check(err)
	out.Write(line)
	out.WriteByte('\n')
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
