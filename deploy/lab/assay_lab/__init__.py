"""The lab: the demo's scenario, faults, the soak, benchmarks, checks, and servers for tests."""
