-- Who referred the matter of a right, when, and why.

ALTER TABLE referral_right
    ADD COLUMN referred_role text,
    ADD COLUMN referred_at   timestamptz,
    ADD COLUMN grounds       text;
