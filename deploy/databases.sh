#!/bin/sh
# One role and one database per service, which no other role may enter. Run once by the image on an empty volume.
set -eu
for service in gateway notification artefact-review execution-tracker certification disputes; do
    psql --username "$POSTGRES_USER" --set ON_ERROR_STOP=1 --set name="$service" --set secret="$ASSAY_DATABASE_PASSWORD" <<'SQL'
CREATE ROLE :"name" LOGIN PASSWORD :'secret';
CREATE DATABASE :"name" OWNER :"name";
REVOKE CONNECT ON DATABASE :"name" FROM PUBLIC;
SQL
done
