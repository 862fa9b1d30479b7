"""The doors: the page file, the watcher, the journal and the running processes."""
