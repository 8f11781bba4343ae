"""Processes in which engines run: what passes to and from them, and the handle on one."""
