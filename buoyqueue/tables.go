package buoyqueue

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/buoy-go/buoy/internal/pause"
	"github.com/riverqueue/river/rivermigrate"
)

// tables writes the statements that River has not, for its tables and for that of the
// answers. They are written once, for PostgreSQL; what differs is said here.
type tables struct {
	sqlite bool
	prefix string // the schema, with its dot
}

func tablesOf(placeholder, schema string) tables {
	t := tables{sqlite: placeholder == "?"}
	if schema != "" {
		t.prefix = `"` + strings.ReplaceAll(schema, `"`, `""`) + `".`
	}
	return t
}

// sql fills a statement in: {jobs} and {answers} are the tables, {now} the time,
// {skip} the lock of rows that are read to be changed, {tenant} the hash of a job's tenant,
// {worker} who has it, {claim} its metadata with a claim of worker $3, {claimed} whether it
// has that of who has it.
func (t tables) sql(statement string) string {
	pairs := []string{"{jobs}", t.prefix + "river_job", "{answers}", t.prefix + "buoyqueue_answer"}
	if t.sqlite {
		pairs = append(pairs, "$1", "?1", "$2", "?2", "$3", "?3", "{now}", "datetime('now', 'subsec')", "{skip}", "",
			"{tenant}", "CASE WHEN json_valid(metadata, 9) THEN metadata ->> '"+tenantKey+"' END",
			"{forget}", "jsonb_remove(CASE WHEN json_valid(metadata, 9) THEN metadata ELSE jsonb('{}') END, '$."+noteKey+"', '$.cancel_attempted_at')",
			"{canceled}", "CASE WHEN json_valid(metadata, 9) THEN metadata ->> 'cancel_attempted_at' END IS NOT NULL",
			"{claim}", "jsonb_set(CASE WHEN json_valid(metadata, 9) THEN metadata ELSE jsonb('{}') END, '$."+claimKey+"', ?3)",
			"{claimed}", "CASE WHEN json_valid(metadata, 9) AND json_valid(attempted_by, 9) THEN metadata ->> '"+claimKey+"' = attempted_by ->> '$[#-1]' END",
			"{worker}", "CASE WHEN json_valid(attempted_by, 9) THEN cast(attempted_by ->> '$[#-1]' AS text) END")
	} else {
		pairs = append(pairs, "{now}", "now()", "{skip}", "FOR UPDATE SKIP LOCKED",
			"{tenant}", "metadata ->> '"+tenantKey+"'",
			"{forget}", "metadata - '"+noteKey+"' - 'cancel_attempted_at'",
			"{canceled}", "metadata ->> 'cancel_attempted_at' IS NOT NULL",
			"{claim}", "metadata || jsonb_build_object('"+claimKey+"', cast($3 AS text))",
			"{claimed}", "metadata ->> '"+claimKey+"' = attempted_by[array_upper(attempted_by, 1)]",
			"{worker}", "attempted_by[array_upper(attempted_by, 1)]")
	}
	return strings.NewReplacer(pairs...).Replace(statement)
}

// list is a statement that returns rows as one JSON array: River's interface to the
// drivers has no other way to read several.
func (t tables) list(columns []column, rest string) string {
	var b strings.Builder
	if t.sqlite {
		b.WriteString("SELECT coalesce(json_group_array(json(r)), '[]') FROM (SELECT json_object(")
		for i, c := range columns {
			if i > 0 {
				b.WriteString(", ")
			}
			b.WriteString("'" + c.name + "', " + c.sqlite)
		}
		b.WriteString(") AS r " + rest + ")")
	} else {
		b.WriteString("SELECT coalesce(json_agg(r), '[]')::text FROM (SELECT ")
		for i, c := range columns {
			if i > 0 {
				b.WriteString(", ")
			}
			b.WriteString(c.postgres + ` AS "` + c.name + `"`)
		}
		b.WriteString(" " + rest + ") r")
	}
	return t.sql(b.String())
}

// column is what one member of a row is made of.
type column struct{ name, postgres, sqlite string }

// same is a column that both write alike.
func same(name string) column { return column{name, name, name} }

// number is a column of numbers.
func number(name string) column { return column{name, name, "cast(" + name + " AS integer)"} }

// prepare makes the tables. One process does it at a time.
func (q *Queue[TTx]) prepare(ctx context.Context) error {
	if err := q.engine.Prepare(ctx); err != nil {
		return err
	}
	lock, err := soon(ctx, func(ctx context.Context) (Lock, error) { return q.engine.Lock(ctx, "prepare") })
	if err != nil && !errors.Is(err, errors.ErrUnsupported) {
		return err
	}
	if err == nil {
		defer lock.Unlock()
	}
	migrator, err := rivermigrate.New(q.driver, &rivermigrate.Config{Schema: q.engine.Schema(), Logger: q.log})
	if err != nil {
		return err
	}
	if _, err := migrator.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
		return err
	}
	blob := "bytea"
	if q.tables.sqlite {
		blob = "blob"
	}
	return q.exec.Exec(ctx, q.tables.sql("CREATE TABLE IF NOT EXISTS {answers} (job bigint PRIMARY KEY, answer "+blob+" NOT NULL)"))
}

// takenFor is how long one that looks for dead workers has a lock, at most.
const takenFor = 20 * time.Millisecond

// soon takes a lock, and tries it again while somebody else has it, at most a minute.
func soon(ctx context.Context, take func(context.Context) (Lock, error)) (Lock, error) {
	for deadline := time.Now().Add(time.Minute); ; {
		lock, err := take(ctx)
		if !errors.Is(err, ErrTaken) {
			return lock, err
		}
		if time.Now().After(deadline) {
			return nil, fmt.Errorf("another process has had it for a minute: %w", err)
		}
		if !pause.Sleep(ctx, takenFor) {
			return nil, ctx.Err()
		}
	}
}
