"""Where runs execute: local processes, and other engines behind the same small protocol."""
