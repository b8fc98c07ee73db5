"""Files as values: how a card refers to them, what they are called and what they are."""

from pipes.files.judging import Mismatch, judge_type
from pipes.files.names import safe_name
from pipes.files.reference import FileReference, file_references

__all__ = ["FileReference", "Mismatch", "file_references", "judge_type", "safe_name"]
