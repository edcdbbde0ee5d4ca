/** The window policy: a hold that frees itself leaves no row behind when it is refused. */
export const windowTables = {
  "refuses a sold-out rush alike as long as its memory lasts": `
pending a STOCK/0 shelf supplier 11 timeoutMs=60000        -> debit_account_exceeds_bound
pending a STOCK/0 shelf supplier 11 timeoutMs=60000        -> id_already_failed(debit_account_exceeds_bound)
pending b STOCK/0 shelf supplier 11                        -> debit_account_exceeds_bound
pending b STOCK/0 shelf supplier 1                         -> id_already_failed(debit_account_exceeds_bound)
transfer c STOCK/0 shelf supplier 11                       -> debit_account_exceeds_bound
transfer c STOCK/0 shelf supplier 1                        -> id_already_failed(debit_account_exceeds_bound)
pending d STOCK/0 shelf supplier 10 timeoutMs=60000        -> created
pending d STOCK/0 shelf supplier 10 timeoutMs=60000        -> exists 10
pending e STOCK/0 shelf supplier 1 timeoutMs=60000         -> debit_account_exceeds_bound
void v d                                                   -> created
sums STOCK/0 shelf 0 0 0 10
`,
  "remembers for ever the refusal of a chain that would have moved something for good": `
chain c                                                    -> 1 debit_account_exceeds_bound
  transfer m CNY/2 bank user/1 1
  pending h STOCK/0 shelf supplier 11 timeoutMs=60000
void v h                                                   -> pending_missing
chain d                                                    -> 0 debit_account_exceeds_bound
  pending i STOCK/0 shelf supplier 11 timeoutMs=60000
  pending j CNY/2 user/1 till 1 timeoutMs=60000
chain d                                                    -> 0 id_already_failed(debit_account_exceeds_bound)
  pending i STOCK/0 shelf supplier 11 timeoutMs=60000
  pending j CNY/2 user/1 till 1 timeoutMs=60000
`,
};
