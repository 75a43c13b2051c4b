// Package buoyredis has what the instances of a service share through Redis: a rate
// limit, what rests, counts of quotas, and a level of the cache.
//
//	client := redis.NewUniversalClient(&redis.UniversalOptions{Addrs: []string{"redis:6379"}, DialerRetries: 1})
//	limiter, err := buoyredis.NewLimiter(client, buoy.RateLimit{RequestsPerMinute: 600})
//	cooldowns, err := buoyredis.NewCooldowns(client)
//	store, err := buoyredis.NewQuota(client)
//
//	parts := buoy.StandardParts()
//	parts.Rate = limiter.Middleware()
//	parts.Route = buoy.Chain(parts.Route, cooldowns.Middleware())
//	llm, err := buoy.New(endpoint,
//		buoy.WithChain(parts.List()...),
//		buoy.WithObserver(cooldowns),
//		buoy.WithQuota(buoy.Quota{Tokens: 5_000_000, Refuse: true, Store: store}))
//
// # When Redis is away
//
// No call fails because of Redis. Each command has 100 ms; see [WithPatience]. The call of
// one that takes longer goes on without it. When the next one gets no answer either, or
// when Redis refuses, Redis is away: that is logged, and it is left alone for a second at a
// time, until a call finds it well again, which is logged, too. Meanwhile each instance has
// its part of the limit, knows of keys what it learnt itself, counts for its quotas, and
// goes without this level of the cache. This covers a server that is down, hangs, loads its
// data, is a read-only replica or is out of memory. One that answers and takes no data, as
// the last two do, is away for what stores: a cache still gives what it has. A Redis that
// comes and goes is told of once a minute.
//
// Make the client with DialerRetries set to 1. By default go-redis dials a port on which
// nobody listens five times, and commands wait out their patience meanwhile. The limiter,
// the cooldowns, the quotas and the cache find out one by one.
//
// A command is never repeated by itself, whatever the client's MaxRetries say, since one
// whose answer got lost may have been carried out.
//
// # Redis
//
// Redis 7.0 or newer, alone, behind Sentinel or as a cluster. What one script touches has
// one hash tag. The scripts use the server's clock, so instances need not agree on the
// time. Every key has an end. Keys hold names of endpoints, labels of API keys and hashes
// of callers' names, and never an API key or a prompt. The values of a cache are what the
// cache is given.
//
// A Redis that may evict keys may forget limits, which then begin anew, and counts of
// quotas: give those a Redis with persistence and maxmemory-policy noeviction.
package buoyredis
