"""One file for each agent command line: argv, environment, how its output is read."""
