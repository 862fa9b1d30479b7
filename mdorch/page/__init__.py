"""Bytes and spans: knows Markdown, has never heard of a task."""
