"""The rule language: JsonLogic in a strict profile, parsed, typed, checked and evaluated."""
