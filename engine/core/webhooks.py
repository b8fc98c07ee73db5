"""Rules of webhooks: which events an endpoint hears of, when an attempt is made again.

They follow the Standard Webhooks specification.
"""

# What the text of a secret begins with; it is none itself.
SECRET_PREFIX = "whsec_"  # noqa: S105
