//! The SQLite store of usage facts: schema, migrations and every SQL statement.
