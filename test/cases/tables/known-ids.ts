/** Reasons 11 to 24: an id that was used before. */
export const knownIdTables = {
  "answers a repeated transfer as at first, and names the field that differs": `
transfer t CNY/2 bank user/1 700 code=7 reference=r metadata={"a":1} effectiveAt=1000 -> created 700
transfer t CNY/2 bank user/1 700 code=7 reference=r metadata={"a":1} effectiveAt=1000 -> exists 700
pending t CNY/2 bank user/1 700 code=7 reference=r metadata={"a":1} effectiveAt=1000  -> id_exists_with_different_kind
post t p                                                                              -> id_exists_with_different_kind
void t t                                                                              -> id_exists_with_different_kind
open CNY/2 user/8 credit id=t                                                         -> id_exists_with_different_kind
bound t CNY/2 user/1 5                                                                -> id_exists_with_different_kind
close t CNY/2 user/1                                                                  -> id_exists_with_different_kind
reopen t CNY/2 user/1                                                                 -> id_exists_with_different_kind
asset EUR/2 id=t                                                                      -> id_exists_with_different_kind
transfer t CNY/2 bank user/1 700 timeoutMs=5                                          -> id_exists_with_different_timeout
transfer t CNY/2 till user/1 700 code=7 reference=r metadata={"a":1} effectiveAt=1000 -> id_exists_with_different_debit
transfer t CNY/2 nobody user/1 700 code=7                                             -> id_exists_with_different_debit
transfer t CNY/2 not·a·path user/1 700                                              -> id_exists_with_different_debit
transfer t CNY/2 bank user/2 700 code=7 reference=r metadata={"a":1} effectiveAt=1000 -> id_exists_with_different_credit
transfer t CNY/2 bank bank 700                                                        -> id_exists_with_different_credit
transfer t USD/2 bank user/1 700 code=7 reference=r metadata={"a":1} effectiveAt=1000 -> id_exists_with_different_asset
transfer t nonsense bank user/1 700                                                   -> id_exists_with_different_asset
transfer t CNY/2 bank user/1 699 code=7 reference=r metadata={"a":1} effectiveAt=1000 -> id_exists_with_different_amount
transfer t CNY/2 bank user/1 0                                                        -> id_exists_with_different_amount
transfer t CNY/2 bank user/1 max                                                      -> id_exists_with_different_amount
transfer t CNY/2 bank user/1 700 balancing=debit code=7                               -> id_exists_with_different_balancing
transfer t CNY/2 bank user/1 700 code=8 reference=r metadata={"a":1} effectiveAt=1000 -> id_exists_with_different_code
transfer t CNY/2 bank user/1 700 reference=r metadata={"a":1} effectiveAt=1000        -> id_exists_with_different_code
transfer t CNY/2 bank user/1 700 code=0 reference=r                                   -> id_exists_with_different_code
transfer t CNY/2 bank user/1 700 code=7 reference=R metadata={"a":1} effectiveAt=1000 -> id_exists_with_different_reference
transfer t CNY/2 bank user/1 700 code=7 metadata={"a":1} effectiveAt=1000             -> id_exists_with_different_reference
transfer t CNY/2 bank user/1 700 code=7 reference=r metadata={"a":2} effectiveAt=1000 -> id_exists_with_different_metadata
transfer t CNY/2 bank user/1 700 code=7 reference=r metadata={a:1} effectiveAt=1000 -> metadata_malformed
transfer t CNY/2 bank user/1 700 code=7 reference=r effectiveAt=1000                  -> id_exists_with_different_metadata
transfer t CNY/2 bank user/1 700 code=7 reference=r metadata={"a":1} effectiveAt=1001 -> id_exists_with_different_effective_at
transfer t CNY/2 bank user/1 700 code=7 reference=r metadata={"a":1}                  -> id_exists_with_different_effective_at
chain c                                                                               -> 0 id_exists_with_different_chain
  transfer t CNY/2 bank user/1 700 code=7 reference=r metadata={"a":1} effectiveAt=1000
transfer t CNY/2 bank user/1 700 code=7 reference=r metadata={"a":1} effectiveAt=1000 -> exists 700
sums CNY/2 user/1 0 0 0 10700
`,
  "keeps metadata byte by byte: the same meaning in other bytes is another request": `
transfer t CNY/2 bank user/1 1 metadata={"a":1,"b":2}      -> created
transfer t CNY/2 bank user/1 1 metadata={"b":2,"a":1}      -> id_exists_with_different_metadata
transfer t CNY/2 bank user/1 1 metadata={\\u0022a\\u0022:1} -> metadata_malformed
transfer t CNY/2 bank user/1 1 metadata={"a":1.0,"b":2}    -> id_exists_with_different_metadata
transfer t CNY/2 bank user/1 1 metadata={"a":1,"b":2}      -> exists
`,
  "compares a hold by its time-out, too": `
pending p CNY/2 user/1 till 300 timeoutMs=60000            -> created 300
pending p CNY/2 user/1 till 300 timeoutMs=60000            -> exists 300
transfer p CNY/2 user/1 till 300                           -> id_exists_with_different_kind
pending p CNY/2 user/1 till 300                            -> id_exists_with_different_timeout
pending p CNY/2 user/1 till 300 timeoutMs=60001            -> id_exists_with_different_timeout
pending p CNY/2 user/1 till 300 timeoutMs=0                -> id_exists_with_different_timeout
pending p CNY/2 user/2 till 300 timeoutMs=60000            -> id_exists_with_different_debit
pending p CNY/2 user/1 bank 300 timeoutMs=60000            -> id_exists_with_different_credit
pending p USD/2 user/1 till 300 timeoutMs=60000            -> id_exists_with_different_asset
pending p CNY/2 user/1 till 301 timeoutMs=60000            -> id_exists_with_different_amount
pending q CNY/2 user/1 till 300                            -> created 300
pending q CNY/2 user/1 till 300 timeoutMs=60000            -> id_exists_with_different_timeout
void v p                                                   -> created 300
pending p CNY/2 user/1 till 300 timeoutMs=60000            -> exists 300
sums CNY/2 user/1 300 0 0 10000
`,
  "compares a post after filling in what the hold says": `
pending p CNY/2 user/1 till 300                            -> created
pending q CNY/2 user/1 till 300                            -> created
post x p amount=100 code=3 reference=r                     -> created 100
post x p amount=100 code=3 reference=r                     -> exists 100
post x p amount=100 code=3 reference=r debit=user/1 credit=till asset=CNY/2 -> exists 100
void x p amount=100 code=3 reference=r                     -> id_exists_with_different_kind
post x q amount=100 code=3 reference=r                     -> id_exists_with_different_pending_id
post x nothing amount=100 code=3 reference=r               -> id_exists_with_different_pending_id
post x p amount=100 code=3 reference=r timeoutMs=5         -> id_exists_with_different_timeout
post x p amount=100 code=3 reference=r debit=user/2        -> id_exists_with_different_debit
post x p amount=100 code=3 reference=r credit=bank         -> id_exists_with_different_credit
post x p amount=100 code=3 reference=r asset=USD/2         -> id_exists_with_different_asset
post x p amount=101 code=3 reference=r                     -> id_exists_with_different_amount
post x p code=3 reference=r                                -> id_exists_with_different_amount
post x p amount=100 reference=r                            -> id_exists_with_different_code
post x p amount=100 code=3                                 -> id_exists_with_different_reference
post x p amount=100 code=3 reference=r metadata=1          -> id_exists_with_different_metadata
post x p amount=100 code=3 reference=r effectiveAt=1       -> id_exists_with_different_effective_at
post y q                                                   -> created 300
post y q                                                   -> exists 300
post y q amount=300                                        -> exists 300
post y q amount=299                                        -> id_exists_with_different_amount
sums CNY/2 user/1 0 400 0 10000
sums CNY/2 till 0 0 0 400
`,
  "lets a post or void inherit what describes its hold": `
pending p CNY/2 user/1 till 300 code=5 reference=r metadata={"m":1} effectiveAt=5000 -> created
pending q CNY/2 user/1 till 300 code=5 reference=r metadata={"m":1} effectiveAt=5000 -> created
post x p                                                   -> created 300
post x p code=5 reference=r metadata={"m":1}               -> exists 300
post x p code=6                                            -> id_exists_with_different_code
post x p reference=s                                       -> id_exists_with_different_reference
post x p metadata={"m":2}                                  -> id_exists_with_different_metadata
post x p effectiveAt=5000                                  -> id_exists_with_different_effective_at
void y q code=6                                            -> created 300
void y q                                                   -> id_exists_with_different_code
void y q code=6 reference=r                                -> exists 300
`,
  "posts the whole by amount and knows the repeat that leaves it out": `
pending p CNY/2 user/1 till 300                            -> created
post x p amount=300                                        -> created 300
post x p                                                   -> exists 300
post x p amount=0                                          -> id_exists_with_different_amount
`,
  "compares a void by its hold and its amount": `
pending p CNY/2 user/1 till 300                            -> created
pending q CNY/2 user/1 till 300                            -> created
void v p                                                   -> created 300
void v p                                                   -> exists 300
void v p amount=300                                        -> exists 300
void v p debit=user/1 credit=till asset=CNY/2              -> exists 300
post v p                                                   -> id_exists_with_different_kind
void v q                                                   -> id_exists_with_different_pending_id
void v p amount=299                                        -> id_exists_with_different_amount
void v p debit=till                                        -> id_exists_with_different_debit
void v p code=1                                            -> id_exists_with_different_code
`,
  "compares account events and assets": `
open CNY/2 user/7 credit bound=9 id=o                      -> created
open CNY/2 user/7 credit bound=9 id=o                      -> exists
open CNY/2 user/7 credit bound=9                           -> exists
open CNY/2 user/8 credit bound=9 id=o                      -> id_exists_with_different_debit
open USD/2 user/7 credit bound=9 id=o                      -> id_exists_with_different_asset
open CNY/2 user/7 credit bound=8 id=o                      -> account_exists_with_different_bound
open CNY/2 user/7 credit bound=none id=o                   -> account_exists_with_different_bound
open CNY/2 user/7 debit bound=9 id=o                       -> account_exists_with_different_side
bound b CNY/2 user/7 50                                    -> created
bound b CNY/2 user/7 50                                    -> exists
bound b CNY/2 user/1 50                                    -> id_exists_with_different_debit
bound b USD/2 user/7 50                                    -> id_exists_with_different_asset
bound b CNY/2 user/7 51                                    -> id_exists_with_different_amount
bound b CNY/2 user/7 none                                  -> id_exists_with_different_amount
close k CNY/2 user/7                                       -> created
close k CNY/2 user/7                                       -> exists
close k CNY/2 user/1                                       -> id_exists_with_different_debit
reopen k CNY/2 user/7                                      -> id_exists_with_different_kind
reopen n CNY/2 user/7                                      -> created
reopen n CNY/2 user/7                                      -> exists
close k CNY/2 user/7                                       -> exists
asset EUR/2 id=e                                           -> created
asset EUR/2 id=e                                           -> exists
asset EUR/2                                                -> exists
asset EUR/2 refusals=forever id=e                          -> exists
asset GBP/2 id=e                                           -> id_exists_with_different_asset
open CNY/2 user/7 nowhere bound=9 id=o                     -> side_malformed
open CNY/2 user/7 credit bound=-1 id=o                     -> bound_malformed
open CNY/2 not·a·path nowhere id=o                       -> id_exists_with_different_debit
bound b CNY/2 user/7 -1                                    -> id_exists_with_different_amount
asset EUR/2 refusals=never id=e                            -> refusal_policy_malformed
chain c                                                    -> 0 id_exists_with_different_chain
  open CNY/2 user/7 debit bound=8 id=o
chain c                                                    -> 0 id_exists_with_different_chain
  asset EUR/2 refusals=window id=e
asset EUR/2 refusals=window id=e                           -> asset_exists_with_different_refusals
`,
  "looks up the id of an opening before it says that the account is open already": `
open KRW/0 user/5 credit id=o1                             -> asset_missing
asset KRW/0                                                -> created
open KRW/0 user/5 credit                                   -> created
open CNY/2 user/5 credit id=o2                             -> created
open CNY/2 user/6 credit                                   -> created
chain c1                                                   -> created
  open CNY/2 user/7 credit id=o4
open KRW/0 user/5 credit id=o1                             -> id_already_failed(asset_missing)
open CNY/2 user/6 credit id=o2                             -> id_exists_with_different_debit
open CNY/2 user/7 credit id=o4                             -> id_exists_with_different_chain
open CNY/2 user/6 credit id=w-fund                         -> id_exists_with_different_kind
open CNY/2 user/7 credit                                   -> exists
open CNY/2 user/7 credit id=o5                             -> exists
open CNY/2 user/7 credit id=o5                             -> exists
transfer o5 CNY/2 bank user/7 5                            -> created
open CNY/2 user/7 credit id=o5                             -> id_exists_with_different_kind
`,
  "looks up the id of an asset before it says that it is defined already": `
open JPY/0 user/5 credit id=a1                             -> asset_missing
asset JPY/0                                                -> created
asset KRW/0 id=a2                                          -> created
chain c1                                                   -> created
  asset EUR/2 id=a3
asset JPY/0 id=a1                                          -> id_already_failed(asset_missing)
asset JPY/0 id=a2                                          -> id_exists_with_different_asset
asset EUR/2 id=a3                                          -> id_exists_with_different_chain
asset EUR/2 id=w-fund                                      -> id_exists_with_different_kind
asset EUR/2 id=a4                                          -> exists
transfer a4 CNY/2 bank user/1 5                            -> created
asset EUR/2 id=a4                                          -> id_exists_with_different_kind
`,
  "looks up the ids of openings in a chain, too, and its own": `
open KRW/0 user/5 credit id=o1                             -> asset_missing
asset KRW/0 id=a1                                          -> created
open KRW/0 user/5 credit                                   -> created
chain c1                                                   -> created
  open CNY/2 user/7 credit id=o2
  asset EUR/2 id=a2
chain c1                                                   -> exists
  open CNY/2 user/7 credit id=o2
  asset EUR/2 id=a2
chain c2                                                   -> 0 id_exists_with_different_chain
  open CNY/2 user/7 credit id=o2
  asset EUR/2 id=a2
chain c3                                                   -> 0 id_already_failed(asset_missing)
  open KRW/0 user/5 credit id=o1
chain c3                                                   -> 1 id_already_failed(asset_missing)
  open CNY/2 user/7 credit id=o3
  open KRW/0 user/5 credit id=o1
chain c3                                                   -> 1 id_exists_with_different_kind
  open CNY/2 user/7 credit id=o3
  asset KRW/0 id=w-fund
chain c3                                                   -> 1 id_exists_with_different_chain
  open CNY/2 user/7 credit
  asset KRW/0 id=a1
chain c1                                                   -> 0 id_exists_with_different_chain
  open CNY/2 user/7 credit id=o3
chain c3                                                   -> exists
  open CNY/2 user/7 credit id=o3
  asset KRW/0 id=a3
  open KRW/0 user/5 credit
chain c3                                                   -> 1 id_exists_with_different_chain
  open CNY/2 user/7 credit id=o3
  transfer t CNY/2 bank user/7 5
transfer o3 CNY/2 bank user/7 5                            -> created
transfer a3 CNY/2 bank user/7 5                            -> created
chain c3                                                   -> 0 id_exists_with_different_kind
  open CNY/2 user/7 credit id=o3
  asset KRW/0 id=a3
`,
  "remembers a refusal that depended on the books, whatever is sent under its id": `
transfer f CNY/2 user/1 bank 10001                         -> debit_account_exceeds_bound
transfer f CNY/2 user/1 bank 10001                         -> id_already_failed(debit_account_exceeds_bound)
transfer f CNY/2 user/1 bank 1                             -> id_already_failed(debit_account_exceeds_bound)
pending f USD/2 user/1 bank 1                              -> id_already_failed(debit_account_exceeds_bound)
post f w-fund                                              -> id_already_failed(debit_account_exceeds_bound)
close f CNY/2 user/1                                       -> id_already_failed(debit_account_exceeds_bound)
open CNY/2 user/9 credit id=f                              -> id_already_failed(debit_account_exceeds_bound)
asset EUR/2 id=f                                           -> id_already_failed(debit_account_exceeds_bound)
transfer more CNY/2 bank user/1 5000                       -> created
transfer f CNY/2 user/1 bank 10001                         -> id_already_failed(debit_account_exceeds_bound)
transfer g CNY/2 user/1 bank 10001                         -> created 10001
transfer h CNY/2 nobody user/1 1                           -> debit_account_missing
open CNY/2 nobody credit                                   -> created
transfer h CNY/2 nobody user/1 1                           -> id_already_failed(debit_account_missing)
transfer i CNY/2 bank shut 1                               -> credit_account_closed
reopen ro CNY/2 shut                                       -> created
transfer i CNY/2 bank shut 1                               -> id_already_failed(credit_account_closed)
transfer i CNY/2 bank shut -1                              -> amount_negative
post j later                                               -> pending_missing
pending later CNY/2 user/1 till 1                          -> created
post j later                                               -> id_already_failed(pending_missing)
post k f                                                   -> pending_missing
close l CNY/2 ghost                                        -> account_missing
close l CNY/2 user/1                                       -> id_already_failed(account_missing)
open KRW/0 user/1 credit id=m                              -> asset_missing
asset KRW/0                                                -> created
open KRW/0 user/1 credit id=m                              -> id_already_failed(asset_missing)
open KRW/0 user/1 credit                                   -> created
sums CNY/2 user/1 1 10001 0 15000
`,
  "answers the first of several reasons: a known id": `
transfer t CNY/2 bank user/1 7                             -> created
pending p CNY/2 user/1 till 9 timeoutMs=60000              -> created
post x p amount=5                                          -> created 5
transfer b CNY/2 bank user/1 3 balancing=debit             -> created 0
pending q CNY/2 user/1 till 9                              -> created
transfer f CNY/2 user/2 bank 5001                          -> debit_account_exceeds_bound
transfer t CNY/2 bank user/2 7 timeoutMs=5                 -> id_exists_with_different_timeout
post x q amount=-1                                         -> amount_negative
post x q timeoutMs=5                                       -> id_exists_with_different_pending_id
pending p CNY/2 till user/1 9                              -> id_exists_with_different_timeout
transfer t CNY/2 user/1 bank 7                             -> id_exists_with_different_debit
transfer t USD/2 bank user/2 7                             -> id_exists_with_different_credit
transfer t USD/2 bank user/1 8                             -> id_exists_with_different_asset
transfer t CNY/2 bank user/1 8 balancing=both              -> id_exists_with_different_amount
transfer t CNY/2 bank user/1 7 balancing=both code=1       -> id_exists_with_different_balancing
transfer t CNY/2 bank user/1 7 code=1 reference=r          -> id_exists_with_different_code
transfer t CNY/2 bank user/1 7 reference=r metadata=1      -> id_exists_with_different_reference
transfer t CNY/2 bank user/1 7 metadata=1 effectiveAt=1    -> id_exists_with_different_metadata
chain c                                                    -> 0 id_exists_with_different_effective_at
  transfer t CNY/2 bank user/1 7 effectiveAt=1
chain c                                                    -> 0 id_exists_with_different_effective_at
  transfer t CNY/2 bank user/1 7 effectiveAt=1
  transfer u CNY/2 bank user/1 1
chain c                                                    -> 0 id_exists_with_different_chain
  transfer t CNY/2 bank user/1 7
close k1 CNY/2 user/1                                      -> created
chain c                                                    -> 0 id_exists_with_different_chain
  transfer t CNY/2 bank user/1 7
transfer f CNY/2 bad·path bank 5                         -> id_already_failed
`,
};
