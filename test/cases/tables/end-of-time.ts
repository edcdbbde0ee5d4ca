/** Needs a clock that stands in the last century that RFC 3339 can write. */
export const endOfTime = `
pending a CNY/2 user/1 bank 1 timeoutMs=1                  -> created
pending b CNY/2 user/1 bank 1 timeoutMs=3153600000000      -> overflows_timeout
pending b CNY/2 user/1 bank 1                              -> created
pending c CNY/2 user/1 bank 10001 timeoutMs=3153600000000  -> overflows_timeout
pending d CNY/2 shut bank 1 timeoutMs=3153600000000        -> debit_account_closed
open CNY/2 well debit bound=none                           -> created
open CNY/2 sea credit bound=none                           -> created
transfer fill CNY/2 well sea max                           -> created
pending e CNY/2 user/2 sea 1 timeoutMs=3153600000000       -> overflows_credits_posted
pending f CNY/2 user/1 bank 10001                          -> debit_account_exceeds_bound
`;
