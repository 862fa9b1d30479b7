"""Pictures of the fronts, made from the real thing: a page, a daemon, agents at work."""
