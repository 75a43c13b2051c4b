package apicheck_test

import (
	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/chat"
)

// Every name of chat's in the contract is one of buoy's, too, for the same type: a
// program may mix the two.
var (
	_ *buoy.Request       = (*chat.Request)(nil)
	_ *buoy.Message       = (*chat.Message)(nil)
	_ *buoy.Part          = (*chat.Part)(nil)
	_ *buoy.Tool          = (*chat.Tool)(nil)
	_ *buoy.ToolCall      = (*chat.ToolCall)(nil)
	_ *buoy.FunctionCall  = (*chat.FunctionCall)(nil)
	_ *buoy.Response      = (*chat.Response)(nil)
	_ *buoy.Choice        = (*chat.Choice)(nil)
	_ *buoy.Usage         = (*chat.Usage)(nil)
	_ *buoy.CallInfo      = (*chat.CallInfo)(nil)
	_ *buoy.Attempt       = (*chat.Attempt)(nil)
	_ *buoy.RateLimitInfo = (*chat.RateLimitInfo)(nil)
	_ *buoy.Chunk         = (*chat.Chunk)(nil)
	_ *buoy.ChunkChoice   = (*chat.ChunkChoice)(nil)
	_ *buoy.Delta         = (*chat.Delta)(nil)
	_ *buoy.ToolCallDelta = (*chat.ToolCallDelta)(nil)
)
