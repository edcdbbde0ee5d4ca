/**
 * What is answered is on the disk: a role, a database or the caller's own SQL may have switched that
 * off (`synchronous_commit`), and a commit would then be answered before it is safe. Asked in every
 * transaction anew, within a message that it sends anyway: a reload of the server's settings reaches
 * sessions that are open. Who waits for standbys (`on`, `remote_apply`) goes on waiting.
 */
export const DURABLE =
  "select set_config('synchronous_commit', 'local', true) " +
  "where current_setting('synchronous_commit') = 'off'";
