-- The dashboards as they were published, each time one was. What was published before this table is taken from the events.

CREATE TABLE published_dashboard (
    engagement text NOT NULL,
    version    integer NOT NULL,
    day        date NOT NULL,
    content    json NOT NULL,
    PRIMARY KEY (engagement, version)
);

INSERT INTO published_dashboard (engagement, version, day, content)
SELECT substr(stream, length('execution-') + 1), version, (data->>'day')::date, data
FROM event WHERE type = 'dashboard-published' AND stream LIKE 'execution-%';
