-- What came and led to nothing, since this release has no handler for its type: a later one that has handles it.

-- Which sequences of the subject.
ALTER TABLE inbox ADD COLUMN unhandled int8multirange NOT NULL DEFAULT '{}';

-- Between which offsets of a partition messages of a type lie that were not handled; gone once a release has read them.
CREATE TABLE unhandled_type (
    topic        text NOT NULL,
    partition    integer NOT NULL,
    type         text NOT NULL,
    first_offset bigint NOT NULL,
    last_offset  bigint NOT NULL,
    PRIMARY KEY (topic, partition, type)
);

-- Where a parked message lies.
ALTER TABLE parked ADD COLUMN partition integer NOT NULL DEFAULT 0, ADD COLUMN "offset" bigint NOT NULL DEFAULT 0;
