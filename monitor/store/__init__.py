"""The one place where anything is remembered: SQLAlchemy Core tables, migrations, and the queries of `ports.Store`."""
