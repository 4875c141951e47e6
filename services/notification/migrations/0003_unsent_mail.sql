-- The oldest mail that is still to be sent is found without going through every mail that ever was.
CREATE INDEX mail_unsent ON mail (seq) WHERE sent_at IS NULL;
