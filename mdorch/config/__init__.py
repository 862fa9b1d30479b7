"""What is about this machine: which page, which agents, which limits, and what was approved to run."""
