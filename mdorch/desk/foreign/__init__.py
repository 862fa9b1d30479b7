"""Tasks that people keep elsewhere, read to be appended to the queue: one file for each form."""
