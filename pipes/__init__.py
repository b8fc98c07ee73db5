"""What a pipe is: definition, fields, rules, calendars and checks; pure, without any I/O."""
