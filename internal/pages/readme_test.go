package pages_test

import (
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var (
	heading = regexp.MustCompile(`(?m)^(#+) (.*)$`)
	code    = regexp.MustCompile("(?ms)^```(\\w+)\n(.*?)^```$")
	comment = regexp.MustCompile(`(?m)\s*(//|#) .*$`)
	inline  = regexp.MustCompile("`[^`\n]+`")
	link    = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	slugged = regexp.MustCompile(`[^\p{L}\p{N}\- _]`)
)

func readPage(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, name))
	require.NoError(t, err)
	return string(text)
}

// outline is a page without its prose: the levels of its headings and its code, without
// comments, in their order.
func outline(text string) (levels, blocks []string) {
	for _, m := range code.FindAllStringSubmatch(text, -1) {
		blocks = append(blocks, m[1]+"\n"+comment.ReplaceAllString(m[2], ""))
	}
	for _, m := range heading.FindAllStringSubmatch(code.ReplaceAllString(text, ""), -1) {
		levels = append(levels, m[1])
	}
	return levels, blocks
}

func TestBothReadmesHaveTheSameSections(t *testing.T) {
	english, russian := readPage(t, "README.md"), readPage(t, "README.ru.md")
	levels, blocks := outline(english)
	require.Greater(t, len(levels), 5)
	require.Greater(t, len(blocks), 3)
	translated, copied := outline(russian)
	require.Equal(t, levels, translated, "README.ru.md needs the same headings, in the same order")
	require.Equal(t, blocks, copied, "README.ru.md needs the same code; only comments are translated")
	// What only one of them links is in a section that the other lacks.
	require.ElementsMatch(t, targets(english, "README.ru.md"), targets(russian, "README.md"))
}

// targets are the links of a page, but for the one to its translation.
func targets(text, translation string) []string {
	var all []string
	for _, m := range link.FindAllStringSubmatch(inline.ReplaceAllString(text, "code"), -1) {
		if m[1] != translation {
			all = append(all, m[1])
		}
	}
	return all
}

func TestReadmeIsShort(t *testing.T) {
	for _, name := range []string{"README.md", "README.ru.md"} {
		text := readPage(t, name)
		require.LessOrEqual(t, strings.Count(text, "\n"), 250, name)
		before, _, found := strings.Cut(text, "```go")
		require.True(t, found)
		require.Less(t, strings.Count(before, "\n"), 10, "%s begins with its code", name)
	}
}

// anchors are the names under which the headings of a page can be linked.
func anchors(text string) map[string]bool {
	found := map[string]bool{}
	for _, m := range heading.FindAllStringSubmatch(code.ReplaceAllString(text, ""), -1) {
		slug := slugged.ReplaceAllString(strings.ToLower(m[2]), "")
		found[strings.ReplaceAll(slug, " ", "-")] = true
	}
	return found
}

func TestEveryLinkLeadsSomewhere(t *testing.T) {
	pages := pagesIn(t, root)
	for page, text := range pages {
		for _, target := range targets(code.ReplaceAllString(text, ""), "") {
			if strings.Contains(target, "://") {
				continue
			}
			file, anchor, _ := strings.Cut(target, "#")
			at := page
			if file != "" {
				at = path.Join(path.Dir(page), file)
			}
			if _, err := os.Stat(filepath.Join(root, at)); err != nil {
				t.Errorf("%s links %s, which is not there", page, target)
			}
			if anchor != "" && strings.HasSuffix(at, ".md") && !anchors(pages[at])[anchor] {
				t.Errorf("%s links %s: %s has no such heading", page, target, at)
			}
		}
	}
}

func TestEveryPageIsInTheIndex(t *testing.T) {
	index := targets(readPage(t, "docs/README.md"), "")
	for page := range pagesIn(t, filepath.Join(root, "docs")) {
		if page != "README.md" {
			require.Contains(t, index, page, "list it in docs/README.md")
		}
	}
}

func TestEveryExampleIsInTheReadme(t *testing.T) {
	text := readPage(t, "README.md")
	dirs, err := filepath.Glob(filepath.Join(root, "examples", "*", "main.go"))
	require.NoError(t, err)
	require.NotEmpty(t, dirs)
	for _, main := range dirs {
		name := filepath.Base(filepath.Dir(main))
		require.True(t, strings.Contains(text, "["+name+"](examples/"+name+"/"), "list examples/%s in README.md and README.ru.md", name)
	}
}
