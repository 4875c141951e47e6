-- What can be asked of rights of referral.

CREATE TABLE referral_right (
    engagement  uuid NOT NULL,
    id          text NOT NULL,
    route       text NOT NULL,
    subject     text NOT NULL,
    matter      text NOT NULL,
    clause      text NOT NULL,
    referred_by text[] NOT NULL,
    -- how long each role has, in words
    within      json NOT NULL,
    body        text NOT NULL,
    meanwhile   text NOT NULL,
    effect      text NOT NULL,
    appeal      text NOT NULL,
    final       text NOT NULL,
    arose_at    timestamptz NOT NULL,
    lapsed_at   timestamptz,
    because     text,
    PRIMARY KEY (engagement, id)
);
