-- Of each decision about a parked message: the content it brought, and why it could not be carried out, if so.
ALTER TABLE parked_decision ADD COLUMN value_after bytea;
ALTER TABLE parked_decision ADD COLUMN problem text;
