/** Reasons 25 to 34 and 45 to 55: transfers at once and holds. */
export const movementTables = {
  "refuses a transfer of a shape that can't be": `
transfer a CNY/2 _ user/1 1                                -> debit_path_malformed
transfer a CNY/2 js:"" user/1 1                            -> debit_path_malformed
transfer a CNY/2 js:7 user/1 1                             -> debit_path_malformed
transfer a CNY/2 /bank user/1 1                            -> debit_path_malformed
transfer a CNY/2 bank/ user/1 1                            -> debit_path_malformed
transfer a CNY/2 a//b user/1 1                             -> debit_path_malformed
transfer a CNY/2 a/../b user/1 1                           -> debit_path_malformed
transfer a CNY/2 . user/1 1                                -> debit_path_malformed
transfer a CNY/2 my·bank user/1 1                        -> debit_path_malformed
transfer a CNY/2 银行 user/1 1                             -> debit_path_malformed
transfer a CNY/2 b*201 user/1 1                            -> debit_path_malformed
transfer a CNY/2 1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16/17 user/1 1 -> debit_path_malformed
transfer a CNY/2 bank _ 1                                  -> credit_path_malformed
transfer a CNY/2 bank user#1 1                             -> credit_path_malformed
transfer a CNY/2 bank js:{} 1                              -> credit_path_malformed
transfer a CNY/2 bank bank 1                               -> accounts_must_differ
transfer a CNY/2 nobody nobody 0                           -> accounts_must_differ
pending a CNY/2 user/1 shop 1 timeoutMs=0                  -> timeout_malformed
pending a CNY/2 user/1 shop 1 timeoutMs=-1                 -> timeout_malformed
pending a CNY/2 user/1 shop 1 timeoutMs=1.5                -> timeout_malformed
pending a CNY/2 user/1 shop 1 timeoutMs=js:nan             -> timeout_malformed
pending a CNY/2 user/1 shop 1 timeoutMs=js:"60000"         -> timeout_malformed
pending a CNY/2 user/1 shop 1 timeoutMs=3153600000001      -> timeout_malformed
transfer a CNY/2 bank user/1 1 timeoutMs=1000              -> timeout_reserved_for_pending
transfer a CNY/2 bank user/1 1 pendingId=w-fund            -> pending_id_malformed
pending a CNY/2 user/1 till 1 pendingId=js:5               -> pending_id_malformed
transfer a CNY bank user/1 1 pendingId=w-fund              -> pending_id_malformed
transfer a _ bank user/1 1                                 -> asset_malformed
transfer a CNY bank user/1 1                               -> asset_malformed
transfer a CNY/19 bank user/1 1                            -> asset_malformed
transfer a CNY/-1 bank user/1 1                            -> asset_malformed
transfer a CNY/02 bank user/1 1                            -> asset_malformed
transfer a /2 bank user/1 1                                -> asset_malformed
transfer a CNY·/2 bank user/1 1                          -> asset_malformed
transfer a C*64/2 bank user/1 1                            -> asset_malformed
transfer a js:2 bank user/1 1                              -> asset_malformed
transfer a CNY/2 bank user/1 1                             -> created
`,
  "refuses assets and accounts that are not there, and remembers": `
transfer a1 CNY/3 bank user/1 1                            -> asset_missing
transfer a2 cny/2 bank user/1 1                            -> asset_missing
pending a3 EUR/2 bank user/1 1                             -> asset_missing
transfer a1 CNY/2 bank user/1 1                            -> id_already_failed(asset_missing)
transfer d1 CNY/2 nobody user/1 1                          -> debit_account_missing
transfer d2 CNY/2 Bank user/1 1                            -> debit_account_missing
transfer d3 CNY/2 supplier user/1 1                        -> debit_account_missing
transfer d4 USD/2 shop user/1 1                            -> debit_account_missing
pending d5 CNY/2 user user/1 0                             -> debit_account_missing
transfer c1 CNY/2 bank nobody 1                            -> credit_account_missing
transfer c2 USD/2 bank shop 1                              -> credit_account_missing
pending c3 CNY/2 bank user/11 1                            -> credit_account_missing
transfer c1 CNY/2 bank user/1 1                            -> id_already_failed(credit_account_missing)
transfer ok USD/2 bank user/1 1                            -> created 1
sums CNY/2 user/1 0 0 0 10000
sums USD/2 user/1 0 0 0 1
`,
  "refuses what touches a closed account": `
transfer a CNY/2 shut user/1 0                             -> debit_account_closed
transfer b CNY/2 bank shut 1                               -> credit_account_closed
pending c CNY/2 shut user/1 1                              -> debit_account_closed
pending d CNY/2 bank shut 1                                -> credit_account_closed
transfer e CNY/2 shut shut/too 1                           -> debit_account_closed
close now CNY/2 user/1                                     -> created
transfer f CNY/2 user/1 bank 1                             -> debit_account_closed
transfer g USD/2 bank user/1 1                             -> created
reopen then CNY/2 user/1                                   -> created
transfer h CNY/2 user/1 bank 1                             -> created
`,
  "never sums beyond 2^63 - 1": `
open CNY/2 well debit bound=none                           -> created
open CNY/2 sea credit bound=none                           -> created
open CNY/2 lake credit bound=none                          -> created
open CNY/2 pond debit bound=none                           -> created
pending p1 CNY/2 well sea max-5                            -> created
pending o1 CNY/2 well pond 6                               -> overflows_debits_pending
pending o2 CNY/2 pond sea 6                                -> overflows_credits_pending
pending o3 CNY/2 well sea 6                                -> overflows_debits_pending
transfer o4 CNY/2 well lake 6                              -> overflows_debits
transfer o5 CNY/2 pond sea 6                               -> overflows_credits
transfer o6 CNY/2 well sea 6                               -> overflows_debits
transfer t1 CNY/2 well sea 5                               -> created
pending o7 CNY/2 well lake 1                               -> overflows_debits
transfer o8 CNY/2 pond sea 1                               -> overflows_credits
pending o9 CNY/2 well lake max                             -> overflows_debits_pending
transfer t2 CNY/2 well sea 0                               -> created
post x p1                                                  -> created
transfer o10 CNY/2 well lake 1                             -> overflows_debits_posted
transfer o11 CNY/2 pond sea 1                              -> overflows_credits_posted
pending o12 CNY/2 well lake 1                              -> overflows_debits_posted
pending o13 CNY/2 pond sea 1                               -> overflows_credits_posted
transfer o14 CNY/2 well sea 1                              -> overflows_debits_posted
transfer back CNY/2 sea well max                           -> created
transfer t3 CNY/2 well lake 1                              -> overflows_debits_posted
transfer o10 CNY/2 well lake 1                             -> id_already_failed(overflows_debits_posted)
sums CNY/2 well 0 max 0 max
sums CNY/2 sea 0 max 0 max
`,
  "lets nobody fall below the bound": `
transfer a CNY/2 user/1 bank 10001                         -> debit_account_exceeds_bound
transfer b CNY/2 user/1 bank 10000                         -> created
transfer c CNY/2 user/1 bank 1                             -> debit_account_exceeds_bound
transfer d CNY/2 user/1 bank 0                             -> created 0
transfer e CNY/2 user/2 bank 5001                          -> debit_account_exceeds_bound
transfer f CNY/2 user/2 bank 5000                          -> created
transfer g CNY/2 user/2 bank 1                             -> debit_account_exceeds_bound
transfer h CNY/2 bank shop 1                               -> credit_account_exceeds_bound
transfer i CNY/2 shop user/1 300                           -> created
transfer j CNY/2 bank shop 301                             -> credit_account_exceeds_bound
transfer k CNY/2 bank shop 300                             -> created
transfer l CNY/2 bank shop 1                               -> credit_account_exceeds_bound
transfer m CNY/2 user/1 user/2 300                         -> created
transfer n CNY/2 user/1 user/2 1                           -> debit_account_exceeds_bound
transfer o CNY/2 shop bank 900                             -> created
sums CNY/2 user/1 0 10300 0 10300
sums CNY/2 user/2 0 5000 0 300
sums CNY/2 shop 0 1200 0 300
`,
  "counts holds that may leave, never holds that may come": `
pending p CNY/2 user/1 shop 6000                           -> credit_account_exceeds_bound
transfer s CNY/2 shop bank 9000                            -> created
pending p2 CNY/2 user/1 shop 6000                          -> created
transfer a CNY/2 user/1 bank 4001                          -> debit_account_exceeds_bound
pending b CNY/2 user/1 bank 4001                           -> debit_account_exceeds_bound
transfer c CNY/2 user/1 bank 4000                          -> created
pending in CNY/2 bank user/1 500                           -> created
transfer d CNY/2 user/1 bank 1                             -> debit_account_exceeds_bound
post x in                                                  -> created 500
transfer e CNY/2 user/1 bank 500                           -> created
transfer f CNY/2 user/1 bank 1                             -> debit_account_exceeds_bound
void v p2                                                  -> created
transfer g CNY/2 user/1 bank 6000                          -> created
pending i CNY/2 bank shop 3001                             -> created
pending j CNY/2 bank shop 6000                             -> credit_account_exceeds_bound
transfer k CNY/2 bank shop 5999                            -> created
transfer l CNY/2 bank shop 1                               -> credit_account_exceeds_bound
sums CNY/2 user/1 0 10500 0 10500
sums CNY/2 shop 0 9000 3001 5999
`,
  "answers the first of several reasons: a transfer": `
transfer f CNY/2 user/2 bank 5001                          -> debit_account_exceeds_bound
transfer f CNY/2 _ user/1 1                                -> id_already_failed
transfer a CNY/2 _ _ 1                                     -> debit_path_malformed
transfer a CNY/2 a·b a·b 1                             -> debit_path_malformed
pending a CNY/2 bank a·b 1 timeoutMs=0                   -> credit_path_malformed
pending a CNY/2 bank bank 1 timeoutMs=0                    -> accounts_must_differ
transfer a CNY/2 bank user/1 1 timeoutMs=0                 -> timeout_malformed
pending a CNY/2 user/1 till 1 timeoutMs=0 pendingId=w-fund -> timeout_malformed
transfer a CNY/2 bank user/1 1 timeoutMs=5 pendingId=w-fund -> timeout_reserved_for_pending
transfer a CNY/2 bank bank 1 pendingId=w-fund              -> accounts_must_differ
transfer a nonsense bank user/1 1 timeoutMs=1              -> timeout_reserved_for_pending
transfer a EUR/2 a·b user/1 1                              -> debit_path_malformed
transfer a nonsense nobody user/1 1                        -> asset_malformed
transfer a1 EUR/2 nobody nowhere 1                         -> asset_missing
transfer a2 CNY/2 nobody nowhere 1                         -> debit_account_missing
transfer a3 CNY/2 shut nowhere 1                           -> credit_account_missing
transfer a4 CNY/2 nobody shut 1                            -> debit_account_missing
transfer a5 CNY/2 shut shut/too 1                          -> debit_account_closed
`,
  "answers the first of several reasons: sums": `
open CNY/2 well debit bound=none                           -> created
open CNY/2 sea credit bound=none                           -> created
open CNY/2 purse credit                                    -> created
open CNY/2 chest debit                                     -> created
pending h1 CNY/2 well sea max                              -> created
pending a1 CNY/2 well shut 1                               -> credit_account_closed
pending a2 CNY/2 well sea 1                                -> overflows_debits_pending
pending a3 CNY/2 purse sea 1                               -> overflows_credits_pending
transfer a4 CNY/2 well sea 1                               -> overflows_debits
transfer a4b CNY/2 purse sea 1                             -> overflows_credits
post x h1                                                  -> created
transfer a5 CNY/2 well sea 1                               -> overflows_debits_posted
transfer a6 CNY/2 purse sea 1                              -> overflows_credits_posted
pending a7 CNY/2 purse chest 1                             -> debit_account_exceeds_bound
transfer a8 CNY/2 purse chest 1                            -> debit_account_exceeds_bound
`,
};
