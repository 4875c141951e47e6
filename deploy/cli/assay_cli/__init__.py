"""The product's command line: rulebook questions, operations, audit; it works on any gateway it is pointed at."""
