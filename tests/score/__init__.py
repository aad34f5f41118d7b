"""Tests of candidates, batches and scores."""
