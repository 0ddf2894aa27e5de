"""Mocked service integrations for Step Functions Local, recorded from simulated rollouts."""
