CREATE TABLE entry (id text NOT NULL, version integer NOT NULL, entry text NOT NULL, PRIMARY KEY (id, version));
