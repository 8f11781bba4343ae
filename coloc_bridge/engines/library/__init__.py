"""Engines that are Python libraries: each runs in a process of its own, as its library may crash or hang."""
