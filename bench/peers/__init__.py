"""Peers on the same machine: run by an interpreter of their own, into which the bench puts them."""
