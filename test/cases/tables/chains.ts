/** Reasons 67 to 69, and what it means that a chain succeeds or fails whole. */
export const chainTables = {
  "refuses chains that can't be": `
chain js:""                                                -> 0 chain_id_malformed
  transfer a CNY/2 bank user/1 1
chain _                                                    -> 0 chain_id_malformed
  transfer a CNY/2 bank user/1 1
chain a·b                                                -> 0 chain_id_malformed
  transfer a CNY/2 bank user/1 1
chain c*65                                                 -> 0 chain_id_malformed
  transfer a CNY/2 bank user/1 1
chain ~c                                                   -> 0 chain_id_malformed
  transfer a CNY/2 bank user/1 1
chain c                                                    -> 0 chain_empty
chain c repeat=8001                                        -> 0 chain_too_long
chain ~c                                                   -> 0 chain_id_malformed
chain ~c                                                   -> 0 chain_id_malformed
chain ~c repeat=8001                                       -> 0 chain_id_malformed
chain c                                                    -> created
  transfer a CNY/2 bank user/1 1
`,
  "takes the longest chain there may be": `
chain c repeat=8000                                        -> created
chain c repeat=8000                                        -> exists
chain c repeat=7999                                        -> 0 id_exists_with_different_chain
sums CNY/2 user/1 0 0 0 18000
`,
  "does all of a chain or nothing": `
chain c1                                                   -> created
  transfer a1 CNY/2 user/1 user/2 10000
  transfer a2 CNY/2 user/2 bank 15000
  transfer a3 CNY/2 bank user/1 1
sums CNY/2 user/2 0 15000 0 10000
chain c2                                                   -> 2 debit_account_exceeds_bound
  transfer b1 CNY/2 bank user/1 500
  transfer b2 CNY/2 bank user/2 500
  transfer b3 CNY/2 user/1 bank 502
  transfer b4 CNY/2 bank user/1 500
sums CNY/2 user/1 0 10000 0 10001
sums CNY/2 user/2 0 15000 0 10000
chain c2                                                   -> 2 id_already_failed(debit_account_exceeds_bound)
  transfer b1 CNY/2 bank user/1 500
  transfer b2 CNY/2 bank user/2 500
  transfer b3 CNY/2 user/1 bank 502
  transfer b4 CNY/2 bank user/1 500
transfer b1 CNY/2 bank user/1 3                            -> created 3
transfer b2 CNY/2 bank user/1 3                            -> created 3
transfer b3 CNY/2 bank user/1 3                            -> id_already_failed
transfer b4 CNY/2 bank user/1 3                            -> created 3
chain c3                                                   -> 1 amount_negative
  transfer d1 CNY/2 bank user/1 500
  transfer d2 CNY/2 bank user/1 -1
chain c3                                                   -> created
  transfer d1 CNY/2 bank user/1 500
  transfer d2 CNY/2 bank user/1 1
`,
  "knows a repeated chain by its id, its length and every field": `
chain c                                                    -> created
  transfer a CNY/2 bank user/1 5
  transfer b CNY/2 user/1 user/2 3
  pending d CNY/2 user/1 bank 1
chain c                                                    -> exists
  transfer a CNY/2 bank user/1 5
  transfer b CNY/2 user/1 user/2 3
  pending d CNY/2 user/1 bank 1
chain other                                                -> 0 id_exists_with_different_chain
  transfer a CNY/2 bank user/1 5
  transfer b CNY/2 user/1 user/2 3
  pending d CNY/2 user/1 bank 1
chain c                                                    -> 0 id_exists_with_different_chain
  transfer a CNY/2 bank user/1 5
  transfer b CNY/2 user/1 user/2 3
chain c                                                    -> 0 id_exists_with_different_chain
  transfer a CNY/2 bank user/1 5
  transfer b CNY/2 user/1 user/2 3
  pending d CNY/2 user/1 bank 1
  transfer e CNY/2 bank user/1 1
chain c                                                    -> 0 id_exists_with_different_chain
  transfer b CNY/2 user/1 user/2 3
  transfer a CNY/2 bank user/1 5
  pending d CNY/2 user/1 bank 1
chain c                                                    -> 1 id_exists_with_different_amount
  transfer a CNY/2 bank user/1 5
  transfer b CNY/2 user/1 user/2 4
  pending d CNY/2 user/1 bank 1
chain c                                                    -> 0 id_exists_with_different_chain
  transfer z CNY/2 bank user/1 5
chain c                                                    -> 0 id_exists_with_different_chain
  transfer y CNY/2 nobody user/1 5
  transfer z CNY/2 nobody user/1 5
chain c                                                    -> 2 id_exists_with_different_kind
  transfer a CNY/2 bank user/1 5
  transfer b CNY/2 user/1 user/2 3
  transfer d CNY/2 user/1 bank 1
chain c                                                    -> 2 id_exists_with_different_timeout
  transfer a CNY/2 bank user/1 5
  transfer b CNY/2 user/1 user/2 3
  pending d CNY/2 user/1 bank 1 timeoutMs=5
transfer a CNY/2 bank user/1 5                             -> id_exists_with_different_chain
transfer e CNY/2 bank user/1 1                             -> created
chain more                                                 -> 1 id_exists_with_different_chain
  transfer f CNY/2 bank user/1 1
  transfer e CNY/2 bank user/1 1
transfer f CNY/2 bank user/1 2                             -> created
sums CNY/2 user/1 1 3 0 10008
`,
  "looks at every id of a chain before it looks at the books": `
transfer used CNY/2 bank user/1 5                          -> created
transfer burnt CNY/2 nobody user/1 5                       -> debit_account_missing
chain c1                                                   -> 0 id_exists_with_different_chain
  transfer used CNY/2 bank user/1 5
  transfer a CNY/2 nobody user/1 1
chain c2                                                   -> 0 id_already_failed(debit_account_missing)
  transfer burnt CNY/2 bank user/1 5
  transfer a CNY/2 nobody user/1 1
chain c3                                                   -> 0 id_exists_with_different_amount
  transfer used CNY/2 bank user/1 6
  post b nothing
transfer a CNY/2 bank user/1 1                             -> created
post b nothing                                             -> pending_missing
chain c4                                                   -> created
  transfer d CNY/2 user/1 bank 9000
  pending h CNY/2 user/1 bank 1000
  post x h
chain c4                                                   -> exists
  transfer d CNY/2 user/1 bank 9000
  pending h CNY/2 user/1 bank 1000
  post x h
pending p CNY/2 bank user/1 3                              -> created
post y p                                                   -> created
post y p                                                   -> exists
void z p                                                   -> pending_already_posted
close k CNY/2 user/1                                       -> created
close k CNY/2 user/1                                       -> exists
post y p                                                   -> exists
transfer used CNY/2 bank user/1 5                          -> exists
`,
  "never takes half a repeat": `
chain c                                                    -> created
  transfer a CNY/2 bank user/1 5
  transfer b CNY/2 bank user/1 6
chain c                                                    -> 1 id_exists_with_different_chain
  transfer a CNY/2 bank user/1 5
  transfer x CNY/2 bank user/1 6
chain c                                                    -> 0 id_exists_with_different_chain
  transfer x CNY/2 bank user/1 5
  transfer b CNY/2 bank user/1 6
sums CNY/2 user/1 0 0 0 10011
transfer x CNY/2 bank user/1 1                             -> created
`,
  "lets each member see those before it": `
chain c1                                                   -> created
  asset EUR/2
  open EUR/2 bank debit bound=none
  open EUR/2 user/1 credit
  transfer a EUR/2 bank user/1 500
  pending p EUR/2 user/1 bank 200
  post q p amount=50
  close k EUR/2 bank
sums EUR/2 user/1 0 50 0 500
chain c1                                                   -> exists
  asset EUR/2
  open EUR/2 bank debit bound=none
  open EUR/2 user/1 credit
  transfer a EUR/2 bank user/1 500
  pending p EUR/2 user/1 bank 200
  post q p amount=50
  close k EUR/2 bank
chain c2                                                   -> 1 credit_account_closed
  open EUR/2 user/2 credit
  transfer b EUR/2 user/1 bank 1
chain c3                                                   -> created
  open EUR/2 user/2 credit
  transfer b2 EUR/2 user/1 user/2 1
chain c4                                                   -> 2 debit_account_missing
  reopen r EUR/2 bank
  transfer d EUR/2 bank user/1 1
  transfer e EUR/2 user/3 user/1 1
transfer f EUR/2 bank user/1 1                             -> debit_account_closed
chain c5                                                   -> 1 id_exists_with_different_chain
  transfer g EUR/2 user/1 user/2 1
  transfer g EUR/2 user/1 user/2 1
chain c6                                                   -> 2 pending_already_posted
  pending h EUR/2 user/1 user/2 5
  post i h
  void j h
pending h EUR/2 user/1 user/2 5                            -> created
`,
  "opens what a chain needs, and minds nothing that is open already": `
chain c1                                                   -> created
  open CNY/2 user/1 credit
  transfer a CNY/2 bank user/1 1
chain c1                                                   -> exists
  open CNY/2 user/1 credit
  transfer a CNY/2 bank user/1 1
chain c2                                                   -> exists
  open CNY/2 user/1 credit
  asset CNY/2
chain c3                                                   -> 0 account_exists_with_different_side
  open CNY/2 user/1 debit
  transfer b CNY/2 bank user/1 1
chain c4                                                   -> created
  transfer b CNY/2 bank user/1 1
  open CNY/2 user/77 credit
  open CNY/2 user/77 credit
  transfer d CNY/2 bank user/77 1
sums CNY/2 user/77 0 0 0 1
`,
  "opens what is missing also in a chain that was carried out before": `
chain c1                                                   -> created
  transfer a CNY/2 bank user/1 1
chain c1                                                   -> exists
  open CNY/2 user/88 credit
  transfer a CNY/2 bank user/1 1
open CNY/2 user/88 credit                                  -> exists
chain c2                                                   -> created
  open CNY/2 user/89 credit
  open CNY/2 user/88 credit
chain c2                                                   -> exists
  open CNY/2 user/89 credit
  open CNY/2 user/88 credit
chain c1                                                   -> exists
  open CNY/2 user/89 credit
transfer c CNY/2 bank user/88 1                            -> created
`,
};
