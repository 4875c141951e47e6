"""The local stack: Kafka, PostgreSQL and the six services on one machine, with nothing installed by hand."""
