"""What the demo is played from: its page, its configuration and its stand-in agent. Read as data, never imported."""
