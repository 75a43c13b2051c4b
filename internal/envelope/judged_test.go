package envelope_test

import (
	"bufio"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestJudged(t *testing.T) {
	f, err := os.Open("testdata/judged.txt")
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
