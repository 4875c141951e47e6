-- What ended the execution, as it came in: completion reports, or evidence.
CREATE TABLE submission (
    engagement   uuid NOT NULL,
    number       integer NOT NULL,
    content      json NOT NULL,
    submitted_by text NOT NULL,
    submitted_at timestamptz NOT NULL,
    confirmed_at timestamptz,
    PRIMARY KEY (engagement, number)
);

-- Certificates from the moment they have a number; one of each form for each decision, numbered gaplessly under each
-- prefix in each year.
CREATE TABLE certificate (
    number      text PRIMARY KEY,
    prefix      text NOT NULL,
    year        integer NOT NULL,
    serial      integer NOT NULL,
    engagement  uuid NOT NULL,
    form        text NOT NULL,
    subject     text NOT NULL,
    supersedes  text,
    content     json NOT NULL,
    pdf_sha256  text UNIQUE,
    json_sha256 text UNIQUE,
    issued_at   timestamptz,
    UNIQUE (prefix, year, serial),
    UNIQUE (engagement, form)
);
CREATE INDEX certificate_of_subject ON certificate (subject, form, year, serial);
CREATE INDEX certificate_superseded ON certificate (supersedes);
CREATE INDEX certificate_unsigned ON certificate (year, serial) WHERE issued_at IS NULL;

-- What each Party may send in each role, since when, and by which certificate.
CREATE TABLE eligibility (
    party       text NOT NULL,
    role        text NOT NULL,
    srv         text NOT NULL,
    since       date NOT NULL,
    certificate text NOT NULL,
    PRIMARY KEY (party, role, srv)
);

-- The entries of the public lists, since when, and by which certificate.
CREATE TABLE listed (
    list        text NOT NULL,
    key         text NOT NULL,
    name        text NOT NULL,
    status      text NOT NULL,
    since       date NOT NULL,
    certificate text NOT NULL,
    PRIMARY KEY (list, key)
);
