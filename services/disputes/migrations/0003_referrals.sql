-- Before which body each referral lies, and since when; none where it has come to its end.

CREATE TABLE referral (
    engagement   uuid NOT NULL,
    "right"      text NOT NULL,
    subject_name text NOT NULL,
    body         text,
    stage        text NOT NULL,
    before_since timestamptz NOT NULL,
    PRIMARY KEY (engagement, "right")
);
CREATE INDEX referral_pending ON referral (body, before_since) WHERE body IS NOT NULL;
