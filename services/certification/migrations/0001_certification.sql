-- Completion reports as they came in.
CREATE TABLE report (
    engagement   uuid NOT NULL,
    number       integer NOT NULL,
    party        text NOT NULL,
    content      json NOT NULL,
    submitted_by text NOT NULL,
    submitted_at timestamptz NOT NULL,
    confirmed_at timestamptz,
    PRIMARY KEY (engagement, number)
);

-- Certificates from the moment they have a number; one for each decision, numbered gaplessly in each year.
CREATE TABLE certificate (
    number      text PRIMARY KEY,
    year        integer NOT NULL,
    serial      integer NOT NULL,
    engagement  uuid NOT NULL UNIQUE,
    party       text NOT NULL,
    role        text NOT NULL,
    content     json NOT NULL,
    pdf_sha256  text UNIQUE,
    json_sha256 text UNIQUE,
    issued_at   timestamptz,
    UNIQUE (year, serial)
);
CREATE INDEX certificate_of_party ON certificate (party, role, year, serial);
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
