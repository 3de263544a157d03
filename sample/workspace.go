package sample

import (
	"embed"
	"strings"

	minori "github.com/minori-hq/minori"
)

//go:embed workspace/*.yaml
var workspaceFiles embed.FS

//go:embed sources/*.yaml
var sourceFiles embed.FS

//go:embed demo/*.yaml
var demoFiles embed.FS

// File is a file of the workspace's text.
type File struct {
	Name string
	Data []byte
}

// Workspace gives the configuration that goes with a sample company in a
// language: fields, metrics, measures, scorecards, segments, rules and
// playbooks. Sources are not in it.
func Workspace(lang minori.Lang) ([]File, error) {
	other := "fields-ja.yaml"
	if lang == minori.JA {
		other = "fields-en.yaml"
	}
	entries, err := workspaceFiles.ReadDir("workspace")
	if err != nil {
		return nil, err
	}
	var out []File
	for _, e := range entries {
		if e.Name() == other {
			continue
		}
		text, err := workspaceFiles.ReadFile("workspace/" + e.Name())
		if err != nil {
			return nil, err
		}
		name := strings.Replace(e.Name(), "-"+string(lang), "", 1)
		out = append(out, File{Name: name, Data: text})
	}
	return out, nil
}

// sources gives the text of the sources that read what WriteFiles writes.
func (c *Company) sources() ([]byte, error) {
	text, err := sourceFiles.ReadFile("sources/sources.yaml")
	if err != nil || c.loc.foreign == "" {
		return text, err
	}
	rates, err := sourceFiles.ReadFile("sources/rates.yaml")
	return append(append(rates, "---\n"...), text...), err
}

// Signals gives what a demo's page of signals watches for, to be applied beside
// the sample company's workspace.
func Signals() (File, error) {
	text, err := demoFiles.ReadFile("demo/signals.yaml")
	return File{Name: "signals.yaml", Data: text}, err
}
