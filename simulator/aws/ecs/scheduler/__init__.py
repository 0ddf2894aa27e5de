"""The service scheduler: reconciles a service when something about it changed, starts and stops its tasks."""
