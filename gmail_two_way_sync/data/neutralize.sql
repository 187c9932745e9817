-- A copy for tests must neither read nor send anybody's mail.
UPDATE gmail_account
   SET state = 'disconnected', encrypted_tokens = NULL;
