"""The way back from exactly full fleets: a matrix of scenarios, what came of each, and how long it took."""
