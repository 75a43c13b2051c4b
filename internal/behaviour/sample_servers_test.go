package behaviour_test

import (
	"slices"
	"testing"
	"testing/synctest"
)

// Threads drawn as [drawnRow] says, half of them about newer gateways and servers of one's
// own. 76 of the 78 of serverRows were right at the first run, all 22 of spareServerRows.
func TestSampleOfServers(t *testing.T) {
	for _, r := range slices.Concat(serverRows, spareServerRows, besideServerRows) {
		for _, mode := range []string{"chat", "stream"} {
			if r.mode != "" && r.mode != mode {
				continue
			}
			t.Run(r.name+"/"+mode, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					if r.wants == nil || r.fails != "" {
						r.sampleRow.judge(t, mode == "stream")
						return
					}
					r.judge(t, mode == "stream")
				})
			})
		}
	}
}
