"""What may happen in an execution and what has happened: pure, without clock, ids or IO."""
