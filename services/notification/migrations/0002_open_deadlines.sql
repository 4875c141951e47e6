-- The steps that are still to be done, for what is asked of them alone: how many they are must not depend on how many
-- were done in all years before.
CREATE INDEX deadline_open ON deadline (engagement) INCLUDE (due, missed) WHERE done_on IS NULL AND NOT withdrawn;
