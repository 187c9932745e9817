"""Conversations show who wrote last: taken from their newest message."""


def migrate(cr, version):
    cr.execute(
        """
        UPDATE gmail_thread AS thread
           SET last_direction = newest.direction
          FROM (
                SELECT DISTINCT ON (thread_id) thread_id, direction
                  FROM gmail_message
                 WHERE thread_id IS NOT NULL AND direction IS NOT NULL
              ORDER BY thread_id, date DESC NULLS LAST, id DESC
               ) AS newest
         WHERE newest.thread_id = thread.id AND thread.last_direction IS NULL
        """
    )
