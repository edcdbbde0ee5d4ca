/** Reasons 25 to 46 for posts and voids, expiry, and what a hold does to the sums. */
export const holdTables = {
  "holds, then posts wholly, partly, with nothing, or not at all": `
pending p1 CNY/2 user/1 till 1000                          -> created 1000
sums CNY/2 user/1 1000 0 0 10000
sums CNY/2 till 0 0 1000 0
post x1 p1                                                 -> created 1000
sums CNY/2 user/1 0 1000 0 10000
sums CNY/2 till 0 0 0 1000
pending p2 CNY/2 user/1 till 1000                          -> created
post x2 p2 amount=400                                      -> created 400
sums CNY/2 user/1 0 1400 0 10000
sums CNY/2 till 0 0 0 1400
pending p3 CNY/2 user/1 till 1000                          -> created
post x3 p3 amount=0                                        -> created 0
sums CNY/2 user/1 0 1400 0 10000
pending p4 CNY/2 user/1 till 1000                          -> created
void v4 p4                                                 -> created 1000
pending p5 CNY/2 user/1 till 1000                          -> created
void v5 p5 amount=1000                                     -> created 1000
pending p6 CNY/2 user/1 till 0                             -> created 0
post x6 p6                                                 -> created 0
pending p7 CNY/2 user/1 till 0                             -> created 0
void v7 p7                                                 -> created 0
sums CNY/2 user/1 0 1400 0 10000
sums CNY/2 till 0 0 0 1400
pending p8 CNY/2 user/1 till 500                           -> created
post x8 p8 amount=500 debit=user/1 credit=till asset=CNY/2 code=4 reference=r -> created 500
sums CNY/2 till 0 0 0 1900
`,
  "refuses a post or a void of a shape that can't be": `
pending p CNY/2 user/1 till 1000                           -> created
post a p debit=a·b                                       -> debit_path_malformed
post a p debit=js:5                                        -> debit_path_malformed
post a p credit=a//b                                       -> credit_path_malformed
post a p debit=user/1 credit=user/1                        -> pending_has_different_credit
post a p timeoutMs=0                                       -> timeout_reserved_for_pending
post a p timeoutMs=5                                       -> timeout_reserved_for_pending
void a p timeoutMs=5                                       -> timeout_reserved_for_pending
post a _                                                   -> pending_id_malformed
post a js:5                                                -> pending_id_malformed
void a js:""                                               -> pending_id_malformed
void a p·q                                               -> pending_id_malformed
void a ~open/1                                             -> pending_id_malformed
post a p asset=CNY                                         -> asset_malformed
void a p asset=js:5                                        -> asset_malformed
void a p                                                   -> created
`,
  "refuses a post or a void that does not fit its hold": `
pending p CNY/2 user/1 till 1000                           -> created
post a1 nothing                                            -> pending_missing
post a2 a2                                                 -> pending_id_malformed
void a3 nothing                                            -> pending_missing
post a1 p                                                  -> id_already_failed(pending_missing)
post b w-fund                                              -> pending_is_not_pending
void b w-fund                                              -> pending_is_not_pending
post b w-shut                                              -> pending_is_not_pending
post b p debit=user/2                                      -> pending_has_different_debit
post b p debit=nobody                                      -> pending_has_different_debit
void b p credit=shop                                       -> pending_has_different_credit
post b p asset=USD/2                                       -> pending_has_different_asset
void b p asset=EUR/2                                       -> pending_has_different_asset
post b p amount=1001                                       -> exceeds_pending_amount
post b p amount=max                                        -> exceeds_pending_amount
void b p amount=1001                                       -> exceeds_pending_amount
void b p amount=999                                        -> pending_has_different_amount
void b p amount=0                                          -> pending_has_different_amount
post b p                                                   -> created 1000
post c p                                                   -> pending_already_posted
post c p amount=1                                          -> pending_already_posted
void c p                                                   -> pending_already_posted
post d b                                                   -> pending_is_not_pending
pending q CNY/2 user/1 till 10                             -> created
void c q                                                   -> created
void d q                                                   -> pending_already_voided
post d q                                                   -> pending_already_voided
void e c                                                   -> pending_is_not_pending
`,
  "releases a hold whose time-out has ended, and nothing before": `
pending p CNY/2 user/1 till 10000 timeoutMs=1              -> created
wait 40
post x p                                                   -> pending_expired
void x p                                                   -> pending_expired
transfer t CNY/2 user/1 till 10000                         -> created
sums CNY/2 user/1 0 10000 0 10000
sums CNY/2 till 0 0 0 10000
pending p CNY/2 user/1 till 10000 timeoutMs=1              -> exists 10000
pending long CNY/2 till user/1 10000 timeoutMs=600000      -> created
wait 40
transfer u CNY/2 till user/1 1                             -> debit_account_exceeds_bound
post y long                                                -> created
`,
  "asks a refusal to wait for holds that are due": `
pending p CNY/2 user/1 till 9000 timeoutMs=30              -> created
transfer a CNY/2 user/2 till 5000                          -> created
wait 80
bound b CNY/2 user/1 0                                     -> created
transfer t CNY/2 user/1 till 10000                         -> created
sums CNY/2 user/1 0 10000 0 10000
`,
  "voids and releases on closed accounts, but posts nothing there": `
pending p CNY/2 user/1 till 1000                           -> created
pending q CNY/2 user/1 till 1000                           -> created
pending r CNY/2 user/1 till 1000 timeoutMs=30              -> created
close k CNY/2 till                                         -> created
post x p                                                   -> credit_account_closed
post x p                                                   -> id_already_failed(credit_account_closed)
void v p                                                   -> created
wait 80
post y r                                                   -> pending_expired
sums CNY/2 till 0 0 1000 0
sums CNY/2 user/1 1000 0 0 10000
close l CNY/2 user/1                                       -> created
post z q                                                   -> debit_account_closed
void w q                                                   -> created
sums CNY/2 till 0 0 0 0
reopen m CNY/2 till                                        -> created
`,
  "answers the first of several reasons: a post or a void": `
pending p CNY/2 user/1 till 1000                           -> created
pending q CNY/2 user/1 till 1000                           -> created
pending o CNY/2 user/1 till 1000                           -> created
pending s CNY/2 user/1 till 1000                           -> created
pending e CNY/2 user/1 till 1000 timeoutMs=1               -> created
post x q                                                   -> created
void v s                                                   -> created
wait 40
post a p debit=a·b credit=a·b                          -> debit_path_malformed
post a _ timeoutMs=5                                       -> timeout_reserved_for_pending
post a _ asset=CNY                                         -> pending_id_malformed
void a nothing asset=CNY                                   -> asset_malformed
post a w-fund debit=user/2                                 -> pending_is_not_pending
post a p debit=user/2 credit=user/1                        -> pending_has_different_debit
post a p credit=bank asset=USD/2                           -> pending_has_different_credit
post a p asset=USD/2 amount=1001                           -> pending_has_different_asset
void a p amount=1001                                       -> exceeds_pending_amount
void a q amount=999                                        -> pending_has_different_amount
void a s amount=1                                          -> pending_has_different_amount
post a q amount=1001                                       -> exceeds_pending_amount
post a e amount=1001                                       -> exceeds_pending_amount
close k1 CNY/2 user/1                                      -> created
post a q                                                   -> pending_already_posted
post a s                                                   -> pending_already_voided
post a e                                                   -> pending_expired
close k2 CNY/2 till                                        -> created
post a p                                                   -> debit_account_closed
`,
  "moves what is there, when asked to balance": `
open CNY/2 pit credit bound=none                          -> created
transfer b1 CNY/2 user/1 pit 50000 balancing=debit        -> created 10000
transfer b2 CNY/2 user/1 pit 50000 balancing=debit        -> created 0
transfer b1 CNY/2 user/1 pit 50000 balancing=debit        -> exists 10000
transfer b1 CNY/2 user/1 pit 10000 balancing=debit        -> id_exists_with_different_amount
transfer b1 CNY/2 user/1 pit 50000 balancing=both         -> id_exists_with_different_balancing
transfer b1 CNY/2 user/1 pit 50000                        -> id_exists_with_different_balancing
transfer back CNY/2 pit user/1 7000                       -> created
pending h CNY/2 user/1 pit 2500                           -> created
transfer b3 CNY/2 user/1 pit 100 balancing=debit          -> created 100
transfer b4 CNY/2 user/1 pit max balancing=debit          -> created 4400
transfer b5 CNY/2 user/1 pit 1 balancing=debit            -> created 0
transfer f CNY/2 shop pit 3000                            -> created
transfer b6 CNY/2 pit shop 9999 balancing=credit          -> created 3000
transfer b7 CNY/2 pit shop 9999 balancing=credit          -> created 0
transfer g CNY/2 shop pit 800                             -> created
transfer b8 CNY/2 pit shop 9999 balancing=both            -> created 800
transfer b9 CNY/2 bank user/1 10 balancing=debit           -> created 0
pending b10 CNY/2 pit bank 9999 balancing=debit           -> created
`,
};
