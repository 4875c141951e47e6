-- When each provisional approval of an entry gate lapses; it is gone once it is redeemed or lapsed.

CREATE TABLE provisional_approval (
    engagement text PRIMARY KEY,
    lapses_at  timestamptz NOT NULL
);

CREATE INDEX provisional_approval_by_time ON provisional_approval (lapses_at);
