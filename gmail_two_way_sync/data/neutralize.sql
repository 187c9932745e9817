-- A copy for tests must neither read nor send anybody's mail; what waits to be sent
-- belongs to the original, even if a mailbox is connected here later.
UPDATE gmail_account
   SET state = 'disconnected', encrypted_tokens = NULL, database_uuid = NULL;
