// Package buoyqueue keeps chat requests in a durable queue: enqueue now, answer later, at
// least once. Equal requests are one job, the answer is kept with the job, and a worker
// that is killed loses none.
//
//	engine, err := sqlite.Open("answers.db")             // or postgres.Open(ctx, url)
//	queue, err := buoyqueue.Open(ctx, engine, client, buoyqueue.Options{})
//	ticket, err := queue.Enqueue(ctx, buoyqueue.Item{Request: req})
//	go queue.Run(ctx)                                    // here, or in another process
//	resp, err := queue.Wait(ctx, ticket.ID)
//
// The jobs are River's (riverqueue.com), in one SQLite file or in a PostgreSQL database.
// The engines are packages of their own, so a program links the driver of its own
// database alone.
//
// # Who waits for what
//
// The client makes its usual short retries, two attempts by default. All long waits are
// the queue's: a rate limit, a Retry-After, an open breaker or a local limit lets the job
// wait in the database without using up one of its attempts. A failure that will pass is
// tried again with growing waits, [Options].MaxAttempts times. What the request or the
// account has wrong makes the job a dead letter at once. [Queue.Jobs] lists those with
// their typed errors, and [Queue.Requeue] tries them again.
//
// # At least once
//
// An answer is written to the database before its job is done, and is never asked for
// again once it is there. A request is paid twice only if its worker dies, or loses the
// database, between the moment when the provider has begun and the moment when the answer
// is written; if the worker was stopped for so long (a suspended computer) that another
// one took its job over; and if the queue is closed and the running calls are cancelled.
//
// The process that works on a job holds a lock which the system gives back when the
// process dies: a lock file beside the SQLite file, an advisory lock in PostgreSQL. The
// other processes look every few seconds, so the jobs of a dead worker go on after about
// five. Where there are no such locks (SQLite on Windows and on some network file
// systems), River takes them over after [Options].Timeout and up to three minutes more.
//
// # What is stored
//
// The requests, the answers and the errors stand in the database as plain JSON: keep it
// as private as they are. Errors have keys and pieces of the prompt masked, as everywhere
// in buoy. Keys are never stored.
package buoyqueue
