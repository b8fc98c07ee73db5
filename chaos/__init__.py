"""Proof that nothing is lost: people, automations and clocks go on while everything is killed."""
