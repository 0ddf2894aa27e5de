"""The service scheduler: looks at a service when something about it changed, starts and stops its tasks."""
