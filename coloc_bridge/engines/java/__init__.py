"""Engines that run in Java: finding Java and Fiji, a JVM in a process of its own, and what such engines share."""
