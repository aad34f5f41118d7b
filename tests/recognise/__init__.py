"""Tests of sentences and mentions."""
