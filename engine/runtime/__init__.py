"""What a process needs to run: settings, the Temporal connection, telemetry and exits."""
