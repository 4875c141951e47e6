-- What was refused or came back is found and counted without going through all that was sent.
CREATE INDEX mail_undelivered ON mail_delivery (id) WHERE outcome IN ('refused', 'bounced');
