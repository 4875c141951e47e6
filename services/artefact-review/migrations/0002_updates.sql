-- New versions of artefacts while tests run: kept as submissions are, but no review follows them.

ALTER TABLE submission ADD COLUMN is_update boolean NOT NULL DEFAULT false;
