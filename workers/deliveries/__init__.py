"""What leaves the system: signed webhooks, requests and e-mail, each attempt an activity."""
