"""The demo's page, its configuration and its stand-in agent: read as data, never imported."""
