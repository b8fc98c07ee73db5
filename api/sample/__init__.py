"""A believable sample: people in four teams and thirty features in all phases."""
