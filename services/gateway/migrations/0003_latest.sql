-- The engagement that each caller's last command was about: lists of engagements wait for it.

CREATE TABLE latest_command (
    caller     text PRIMARY KEY,
    engagement uuid NOT NULL
);
