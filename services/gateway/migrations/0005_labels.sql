-- What a line about a step says beside its day: the hour of it, and what is to be dealt with in it.
ALTER TABLE step ADD COLUMN at time, ADD COLUMN about text NOT NULL DEFAULT '';
