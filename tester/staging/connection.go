package staging

import (
	"errors"

	"github.com/duckdb/duckdb-go/v2"
	"github.com/duckdb/duckdb-go/v2/mapping"
)

// Connection is a second connection to a database that duckdb-go has open already,
// over which all of its connections can read staged rows: duckdb-go's own does not
// give a table function at the level of chunks.
type Connection struct {
	db   mapping.Database
	conn mapping.Connection
}

// Connect opens one to the database at path.
func Connect(path string) (*Connection, error) {
	var config mapping.Config
	defer mapping.DestroyConfig(&config)
	if mapping.CreateConfig(&config) == mapping.StateError || mapping.SetConfig(config, "duckdb_api", "go") == mapping.StateError {
		return nil, errors.New("DuckDB refused its configuration")
	}
	c := &Connection{}
	var message string
	if mapping.GetOrCreateFromCache(duckdb.GetInstanceCache(), path, &c.db, config, &message) == mapping.StateError {
		return nil, errors.New(message)
	}
	if mapping.Connect(c.db, &c.conn) == mapping.StateError {
		mapping.Close(&c.db)
		return nil, errors.New("DuckDB refused a second connection")
	}
	if err := register(c.conn); err != nil {
		c.Close()
		return nil, err
	}
	return c, nil
}

func (c *Connection) Exec(query string) error {
	var res mapping.Result
	defer mapping.DestroyResult(&res)
	if mapping.Query(c.conn, query, &res) == mapping.StateError {
		return errors.New(mapping.ResultError(&res))
	}
	return nil
}

func (c *Connection) Close() {
	mapping.Disconnect(&c.conn)
	mapping.Close(&c.db)
}
