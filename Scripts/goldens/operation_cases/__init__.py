"""The cases of operations.py, one module a family of operations."""
