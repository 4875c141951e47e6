-- How far each service has published about an engagement, as its answers said: what a gateway that starts anew must not forget.

CREATE TABLE acknowledged (
    engagement uuid NOT NULL,
    service    text NOT NULL,
    position   bigint NOT NULL,
    PRIMARY KEY (engagement, service)
);
