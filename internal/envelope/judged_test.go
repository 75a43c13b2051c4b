package envelope_test

import (
	"bufio"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestJudged(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) { judgeAll(t, file) })
	}
}

func judgeAll(t *testing.T, file string) {
	f, err := os.Open(file)
	require.NoError(t, err)
	defer f.Close()
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		line := lines.Text()
		if line == "" || line[0] == '#' {
			continue
		}
		t.Run(line, func(t *testing.T) {
			number, rest, _ := strings.Cut(line, " ")
			kinds, body, _ := strings.Cut(rest, " ")
			contentType := "application/json"
			if stream, ok := strings.CutSuffix(number, "s"); ok {
				number, contentType, body = stream, "text/event-stream", strings.ReplaceAll(body, `\n`, "\n")
			}
			status, err := strconv.Atoi(number)
			require.NoError(t, err)
			r := decodeAt(http.Header{}, status, contentType, []byte(body), fixed)
			require.Contains(t, strings.Split(kinds, ","), kindOf(r), "%s", messageOf(r))
		})
	}
	require.NoError(t, lines.Err())
}
