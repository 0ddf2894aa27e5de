"""What goes wrong in a scenario: what fails, what the functions do, what other actors do meanwhile."""
