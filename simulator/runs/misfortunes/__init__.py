"""One misfortune at a time, for each strategy, there and back: how it ends, and what it costs the services."""
