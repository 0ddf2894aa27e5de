"""How our interpreters end executions that AWS itself has recorded."""
